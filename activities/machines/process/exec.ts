import type { ExecRequest, ExecResult } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import { runChild } from '../../run_child';
import { machineDirectory, readStored } from './directory';
import { machineEnvironment, runLabels } from './environment';
import { find } from './find';
import type { ProcessHome } from './home';
import { noMachine } from './no_machine';

const KEPT_BYTES = 64 * 1024;

/** See `Driver.exec`. */
export async function exec(home: ProcessHome, id: string, request: ExecRequest, signal: AbortSignal): Promise<ExecResult> {
  const dir = machineDirectory(home, id);
  const [machine, stored] = await Promise.all([find(home, id), readStored(dir)]);
  if (!machine || !stored) return noMachine(id);
  if (machine.state === 'dead') {
    throwProblem(409, 'machine_dead', `machine ${id} is dead: nothing can be run in it`,
      'See its logs; repair the cluster it belongs to.', { evidence: machine.lastOutput });
  }
  const run = Number(machine.ref['run']);
  return runChild({
    argv: request.argv,
    env: { ...machineEnvironment(home, dir, stored.spec, run), ...request.env },
    cwd: dir.root,
    stdin: request.stdin,
    timeoutMs: request.timeoutMs,
    labels: runLabels(home, id, run),
    signal,
    keepBytes: KEPT_BYTES,
  });
}
