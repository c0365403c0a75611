import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { ServerResponse } from 'node:http';
import { toJson } from '../json';
import type { Agent } from './agent';

/** Containers within those of tasks, each with the connection of whoever had it begun. (Read: no trace has them.) */

interface Nested {
  child: ChildProcess;
  /** As `wait` gives it. */
  ended: Promise<number>;
}

const all = new WeakMap<Agent, Map<string, Nested>>();
const nestedOf = (agent: Agent) => all.get(agent) ?? all.set(agent, new Map()).get(agent)!;

/** Runs a command beside a task, in a directory of its own, and ends it with the connection. False: there is no such task. */
export function beginSession(agent: Agent, { container_id, command }: any, response: ServerResponse): boolean {
  const task = agent.executions().find(({ container, phase }) => container === container_id.parent?.value && phase !== 'over');
  if (!task) return false;
  const env = Object.fromEntries((command.environment?.variables ?? []).map(({ name, value }: any) => [name, value]));
  const child = spawn(command.value, (command.arguments ?? []).slice(1), { cwd: task.dir, env: { PATH: process.env.PATH ?? '', ...env }, detached: true, stdio: 'pipe' });
  const kill = () => endGroup(child);
  const ended = new Promise<number>((resolve) => {
    child.on('error', () => resolve(127 << 8));
    child.on('exit', (code, signal) => {
      kill();
      resolve(code === null ? constants.signals[signal!] : code << 8);
    });
  });
  nestedOf(agent).set(container_id.value, { child, ended });
  response.writeHead(200, { 'Content-Type': 'application/recordio', 'Message-Content-Type': 'application/json' });
  response.flushHeaders();
  const tell = (type: string) => (data: Buffer) => {
    const text = toJson({ type: 'DATA', data: { type, data: data.toString('base64') } });
    response.write(`${Buffer.byteLength(text)}\n${text}`);
  };
  child.stdout.on('data', tell('STDOUT'));
  child.stderr.on('data', tell('STDERR'));
  child.stdin.on('error', () => {});
  child.on('close', () => response.end());
  response.on('close', kill);
  return true;
}

/** What one of our own sends is there as a whole: all of it, then nothing more. */
export function attachInput(agent: Agent, body: Buffer): boolean {
  const calls = recordsOf(body).map((text) => JSON.parse(text).attach_container_input);
  const nested = nestedOf(agent).get(calls[0]?.container_id?.value);
  if (!nested) return false;
  for (const { process_io } of calls.slice(1)) {
    const { data } = process_io.data;
    if (data) nested.child.stdin!.write(Buffer.from(data, 'base64'));
    else nested.child.stdin!.end();
  }
  return true;
}

export const waitFor = (agent: Agent, id: string): Promise<number> | undefined => nestedOf(agent).get(id)?.ended;

export function killNested(agent: Agent, id: string): boolean {
  const nested = nestedOf(agent).get(id);
  if (nested) endGroup(nested.child);
  return nested !== undefined;
}

function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

function recordsOf(body: Buffer): string[] {
  const records: string[] = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\n', at);
    const length = Number(body.toString('utf8', at, end));
    records.push(body.toString('utf8', end + 1, end + 1 + length));
    at = end + 1 + length;
  }
  return records;
}
