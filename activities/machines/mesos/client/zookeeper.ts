import { connect, type Socket } from 'node:net';
import { shownAddress, type Address, type Masters } from './masters';
import { MasterUnreachable } from './trouble';

/**
 * Two questions to ZooKeeper: who is written down at a path, and where the first of them is. Nothing is watched and no
 * session is kept, so none of what makes up a client of it is needed: its wire format alone (read; held to a real server
 * by test/unit/mesos/zookeeper).
 */

const ANSWER_WITHIN_MS = 10_000;
const SESSION_MS = 10_000;
const [GET_DATA, GET_CHILDREN] = [4, 8];
const NO_NODE = -101;
/** Before the answer itself: its number, the time of the state it is from, whether it went well. */
const REPLY_HEAD_BYTES = 16;
const MAX_ANSWER_BYTES = 2 ** 20;

/** What masters that contend for the lead write down; the one that came first leads. */
const CONTENDER = /^json\.info_\d+$/;

interface Written {
  address?: { hostname?: string; ip?: string; port?: number };
  hostname?: string;
  port?: number;
}

/** The master that leads, as the masters of a cluster write it down; each server of ZooKeeper is asked until one answers. @throws MasterUnreachable */
export async function readLeader(masters: Masters, { zooKeeper, path }: { zooKeeper: readonly Address[]; path: string }): Promise<Address> {
  const reasons: string[] = [];
  for (const server of zooKeeper) {
    try {
      return await askServer(server, path, masters.answerWithinMs ?? ANSWER_WITHIN_MS);
    } catch (error) {
      reasons.push(`ZooKeeper at ${shownAddress(server)} ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
    }
  }
  throw new MasterUnreachable(masters, reasons.join('; '));
}

async function askServer(server: Address, path: string, limitMs: number): Promise<Address> {
  const socket = connect(server);
  const late = setTimeout(() => socket.destroy(new Error(`did not answer within ${limitMs / 1000} s`)), limitMs);
  const answers = frames(socket);
  try {
    send(socket, int(0), long(0), int(SESSION_MS), long(0), text('\0'.repeat(16)), flag(false));
    await nextOf(answers);
    send(socket, int(1), int(GET_CHILDREN), text(path), flag(false));
    const first = wordsIn(replied(await nextOf(answers), path)).filter((name) => CONTENDER.test(name)).sort()[0];
    if (first === undefined) throw new Error(`names no master at ${path}`);
    send(socket, int(2), int(GET_DATA), text(`${path}/${first}`), flag(false));
    const data = replied(await nextOf(answers), path);
    return addressIn(data.toString('utf8', 4, 4 + data.readInt32BE(0)));
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}

function addressIn(json: string): Address {
  const { address, hostname, port } = JSON.parse(json) as Written;
  const host = address?.ip ?? address?.hostname ?? hostname;
  const at = address?.port ?? port;
  if (!host || !at) throw new Error('says nothing of where the master is');
  return { host, port: at };
}

const int = (value: number) => { const bytes = Buffer.alloc(4); bytes.writeInt32BE(value); return bytes; };
const long = (value: number) => Buffer.concat([int(0), int(value)]);
const flag = (value: boolean) => Buffer.from([Number(value)]);
const text = (value: string) => Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]);

function send(socket: Socket, ...parts: Buffer[]): void {
  const body = Buffer.concat(parts);
  socket.write(Buffer.concat([int(body.length), body]));
}

/** Length and content, one after the other. */
async function* frames(socket: Socket): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, chunk]);
    for (let length = lengthOf(held); held.length >= 4 + length; length = lengthOf(held)) {
      yield held.subarray(4, 4 + length);
      held = held.subarray(4 + length);
    }
  }
}

function lengthOf(held: Buffer): number {
  const length = held.length < 4 ? Infinity : held.readInt32BE(0);
  if (length < 0 || (length > MAX_ANSWER_BYTES && length < Infinity)) throw new Error('is no ZooKeeper');
  return length;
}

async function nextOf(answers: AsyncGenerator<Buffer>): Promise<Buffer> {
  const { value, done } = await answers.next();
  if (done) throw new Error('broke off the connection');
  return value;
}

function replied(frame: Buffer, path: string): Buffer {
  const code = frame.readInt32BE(REPLY_HEAD_BYTES - 4);
  if (code === NO_NODE) throw new Error(`has no ${path}`);
  if (code !== 0) throw new Error(`does not say what is at ${path} (error ${code})`);
  return frame.subarray(REPLY_HEAD_BYTES);
}

function wordsIn(bytes: Buffer): string[] {
  const words: string[] = [];
  for (let at = 4; words.length < bytes.readInt32BE(0); ) {
    const length = bytes.readInt32BE(at);
    words.push(bytes.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return words;
}
