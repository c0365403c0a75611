import { once } from 'node:events';
import { createServer } from 'node:net';
import { UI_PORT_OFFSET } from '../../config';

/** Below those that the system itself gives to connections and to whoever asks for any port, which would take one meanwhile. */
const [FROM, TO] = [10_000, 31_000];
/** A port of loopback that nobody has, nor the one above it where a Temporal server has its UI. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FROM + Math.floor(Math.random() * (TO - FROM));
    if ((await isFree(port)) && (await isFree(port + UI_PORT_OFFSET))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await new Promise((done) => server.close(done));
  return true;
}
