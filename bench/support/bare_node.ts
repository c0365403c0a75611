import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ownMb, residentMb } from './proc';

/** What Node takes that does nothing: the floor of every process of the grid that is one. */
export async function bareNode(): Promise<{ mb: number; ownMb: number }> {
  const node = spawn(process.execPath, ['-e', 'process.stdin.resume().on("end", process.exit); console.log()'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(node.stdout, 'data');
  const taken = { mb: residentMb(node.pid!), ownMb: ownMb(node.pid!) };
  node.stdin.end();
  return taken;
}
