import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, resolve, sep } from 'node:path';
import { toJson } from '../json';
import { agentInfo, VERSION } from '../operator';
import { amountOf } from '../resources';
import type { Agent } from './agent';
import type { Execution } from './execution';
import { attachInput, beginSession, killNested, waitFor } from './nested';

/** What an agent shows of itself and of its sandboxes. */

interface Answer {
  status: number;
  json?: unknown;
  text?: string | Buffer;
}

export async function answerAgent(agent: Agent, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://agent');
  const path = url.pathname.replace(/^\/slave\(1\)/, '');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (!agent.isUp()) return void request.socket.destroy();
  const body = Buffer.concat(chunks);
  const isInput = request.headers['content-type'] === 'application/recordio';
  const asked = isInput || path !== '/api/v1' ? {} : JSON.parse(body.toString() || '{}');
  if (asked.type === 'LAUNCH_NESTED_CONTAINER_SESSION' && beginSession(agent, asked.launch_nested_container_session, response)) return;
  const { status, json, text = '' } = isInput ? { status: attachInput(agent, body) ? 200 : 404 } as Answer : path === '/api/v1' ? await call(agent, asked) : page(agent, path, url.searchParams);
  const content = json === undefined ? text : toJson(json);
  response.writeHead(status, { ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), 'Content-Length': Buffer.byteLength(content) });
  response.end(content);
}

function page(agent: Agent, path: string, query: URLSearchParams): Answer {
  switch (path) {
    case '/health': return { status: 200 };
    case '/version': return { status: 200, json: VERSION };
    case '/state': return { status: 200, json: stateOf(agent) };
    case '/containers': case '/monitor/statistics': return { status: 200, json: containersOf(agent).map(({ container_id, ...one }) => (path === '/containers' ? { container_id: container_id.value, ...one } : one)) };
    case '/files/browse': return browse(agent, query.get('path') ?? '');
    case '/files/read': return read(agent, query);
    case '/files/download': return withFile(agent, query.get('path') ?? '', (file) => ({ status: 200, text: readFileSync(file) }));
    default: return { status: 404, text: '404 Not Found.' };
  }
}

async function call(agent: Agent, body: any): Promise<Answer> {
  switch (body.type) {
    case 'LAUNCH_NESTED_CONTAINER_SESSION': return { status: 400, text: 'Unable to locate executor or parent container' };
    case 'KILL_NESTED_CONTAINER': return { status: killNested(agent, body.kill_nested_container.container_id.value) ? 200 : 404 };
    case 'WAIT_NESTED_CONTAINER': {
      const exit_status = await waitFor(agent, body.wait_nested_container.container_id.value);
      return exit_status === undefined ? { status: 404 } : { status: 200, json: { type: body.type, wait_nested_container: { exit_status } } };
    }
    case 'GET_HEALTH': return { status: 200, json: { type: body.type, get_health: { healthy: true } } };
    case 'GET_VERSION': return { status: 200, json: { type: body.type, get_version: { version_info: VERSION } } };
    case 'GET_AGENT': return { status: 200, json: { type: body.type, get_agent: { agent_info: agentInfo(agent.id(), agent.facts) } } };
    case 'GET_CONTAINERS': {
      const containers = containersOf(agent).map(({ framework_id, executor_id, ...one }) => ({ ...one, framework_id: { value: framework_id }, executor_id: { value: executor_id } }));
      return { status: 200, json: { type: body.type, ...(containers.length > 0 ? { get_containers: { containers } } : {}) } };
    }
    case 'READ_FILE': return withFile(agent, body.read_file.path, (file) => {
      const { size } = statSync(file);
      const data = readFileSync(file).subarray(body.read_file.offset ?? 0, body.read_file.length === undefined ? undefined : (body.read_file.offset ?? 0) + body.read_file.length);
      return { status: 200, json: { type: body.type, read_file: { size, data: data.toString('base64') } } };
    });
    default: return { status: 400, text: "Failed to validate agent::Call: Expecting 'type' to be present" };
  }
}

/** Only what lies in a sandbox is shown. */
function withFile(agent: Agent, path: string, show: (file: string) => Answer): Answer {
  const file = resolve(path);
  if (!file.startsWith(agent.workDir + sep)) return { status: 404 };
  try {
    return show(file);
  } catch {
    return { status: 404 };
  }
}

const browse = (agent: Agent, path: string): Answer => withFile(agent, path, (dir) => ({
  status: 200,
  json: readdirSync(dir).sort().map((name) => {
    const { size, mtimeMs, nlink } = statSync(join(dir, name));
    return { gid: 'root', mode: '-rw-r--r--', mtime: Math.floor(mtimeMs / 1_000), nlink, path: join(dir, name), size, uid: 'root' };
  }),
}));

/** An offset of -1 asks how much there is. */
const read = (agent: Agent, query: URLSearchParams): Answer => withFile(agent, query.get('path') ?? '', (file) => {
  const bytes = readFileSync(file);
  const offset = Number(query.get('offset') ?? -1);
  if (offset < 0) return { status: 200, json: { data: '', offset: bytes.length } };
  const length = Number(query.get('length') ?? bytes.length);
  return { status: 200, json: { data: bytes.subarray(offset, offset + length).toString('utf8'), offset } };
});

const topOf = ({ container, parent }: Execution): string => parent ?? container;

/** One for each executor. */
function executorsOf(agent: Agent, isLive: boolean): Execution[][] {
  const groups = new Map<string, Execution[]>();
  for (const one of agent.executions()) groups.set(topOf(one), [...(groups.get(topOf(one)) ?? []), one]);
  return [...groups.values()].filter((group) => group.some(({ phase }) => phase !== 'over') === isLive);
}

const containersOf = (agent: Agent) => executorsOf(agent, true).map(([first]) => ({
  container_id: { value: topOf(first!) }, framework_id: first!.framework.id.value, executor_id: first!.executor, executor_name: first!.parent ? '' : `Command Executor (Task: ${first!.executor})`, source: first!.parent ? '' : first!.executor,
}));

function stateOf(agent: Agent): object {
  const { facts } = agent;
  const view = (groups: Execution[][]) => groups.map((group) => ({
    id: group[0]!.executor, name: '', source: group[0]!.executor, container: topOf(group[0]!), directory: group[0]!.parent ? group[0]!.dir.replace(/\/containers\/[^/]+$/, '') : group[0]!.dir, role: group[0]!.role, type: group[0]!.parent ? 'DEFAULT' : '',
    tasks: group.filter(({ phase }) => phase !== 'over').map(viewTask), completed_tasks: group.filter(({ phase }) => phase === 'over').map(viewTask),
  }));
  const frameworks = [...new Map(agent.executions().map(({ framework }) => [framework.id.value, framework])).values()];
  const of = (id: string) => (groups: Execution[][]) => groups.filter(([first]) => first!.framework.id.value === id);
  return {
    ...VERSION, id: agent.id(), pid: `slave(1)@${facts.ip}:${facts.port}`, hostname: facts.hostname,
    resources: { disk: amountOf(facts.resources, 'disk'), mem: amountOf(facts.resources, 'mem'), gpus: 0, cpus: amountOf(facts.resources, 'cpus') },
    frameworks: frameworks.map(({ id: { value }, name, user }) => ({ id: value, name, user, executors: view(of(value)(executorsOf(agent, true))), completed_executors: view(of(value)(executorsOf(agent, false))) })),
    completed_frameworks: [],
  };
}

const viewTask = ({ task, framework, executor, dir, parent }: Execution) => ({ id: task.task_id.value, name: task.name, framework_id: framework.id.value, executor_id: executor, ...(parent ? { directory: dir } : {}) });
