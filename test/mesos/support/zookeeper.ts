import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Where Debian's package has the server. */
const JAR = '/usr/share/java/zookeeper.jar';
const [CREATE, DELETE] = [1, 2];
const SEQUENTIAL = 2;
const ALL = 31;

/** A ZooKeeper server of the test's own. */
export interface ZooKeeper {
  port: number;
  /** Makes a node, with a number behind its name if that is asked for; its whole path. */
  create(path: string, text?: string, numbered?: boolean): Promise<string>;
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}

export async function startZooKeeper(): Promise<ZooKeeper> {
  const dir = mkdtempSync(join(tmpdir(), 'grid-zk-'));
  const port = await freePort();
  writeFileSync(join(dir, 'zoo.cfg'), `tickTime=2000\ndataDir=${dir}/data\nclientPortAddress=127.0.0.1\nclientPort=${port}\nadmin.enableServer=false\n`);
  const server = spawn('java', ['-cp', JAR, 'org.apache.zookeeper.server.ZooKeeperServerMain', join(dir, 'zoo.cfg')], { stdio: 'ignore' });
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error('ZooKeeper ended');
    await delay(50);
  }
  return {
    port,
    async create(path, content = '', numbered = false) {
      const anybody = [int(1), int(ALL), text('world'), text('anyone')];
      const made = await ask(port, [int(CREATE), text(path), text(content), ...anybody, int(numbered ? SEQUENTIAL : 0)]);
      return made.toString('utf8', 4);
    },
    remove: async (path) => void (await ask(port, [int(DELETE), text(path), int(-1)])),
    async close() {
      const gone = once(server, 'exit');
      server.kill('SIGKILL');
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const int = (value: number) => { const bytes = Buffer.alloc(4); bytes.writeInt32BE(value); return bytes; };
const text = (value: string) => Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]);
const framed = (parts: Buffer[]) => { const body = Buffer.concat(parts); return Buffer.concat([int(body.length), body]); };

/** One request of a session of its own. */
async function ask(port: number, request: Buffer[]): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  const hello = [int(0), int(0), int(0), int(10_000), int(0), int(0), text('\0'.repeat(16)), Buffer.from([0])];
  socket.write(Buffer.concat([framed(hello), framed([int(1), ...request])]));
  let held = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, chunk]);
    const first = held.length < 4 ? Infinity : 4 + held.readInt32BE(0);
    if (held.length < first + 4 || held.length < first + 4 + held.readInt32BE(first)) continue;
    socket.destroy();
    const reply = held.subarray(first + 4);
    if (reply.readInt32BE(12) !== 0) throw new Error(`ZooKeeper: error ${reply.readInt32BE(12)}`);
    return reply.subarray(16);
  }
  throw new Error('ZooKeeper broke off the connection');
}

/** It takes connections before it takes requests. */
const answers = (port: number) => Promise.race([ask(port, [int(CREATE), text('/up'), text(''), int(1), int(ALL), text('world'), text('anyone'), int(SEQUENTIAL)]).then(() => true, () => false), delay(2_000, false)]);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
