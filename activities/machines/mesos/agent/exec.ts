import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import type { ExecRequest, ExecResult, MachineSpec } from '../../../../model/machine';
import type { TaskPlace } from '../../../../model/mesos/messages';
import { boundedOutput } from '../../../bounded_output';
import { cannotStart } from '../../../cannot_start';
import { throwProblem } from '../../../problem_error';
import { within } from '../../../within';
import { records } from '../client/record_io';
import { variablesOf } from '../session/task_info';
import { askAgent, sandboxOf } from './ask_agent';
import { openStream } from './open_stream';

const KEPT_BYTES = 64 * 1024;
const ANSWER_WITHIN_MS = 15_000;
const INPUT_BYTES = 32 * 1024;
const MARK = 'GRID_EXEC';

/** In the directory of the task, where that is one of the host; what is no program is told apart from one that ends so. */
const RUN = '[ -z "$1" ] || cd "$1" || exit 126; shift; command -v "$1" >/dev/null 2>&1 || { printf %s "$GRID_EXEC" >&2; exit 127; }; exec "$@"';

/** A container within the task's own, with its connection for as long as it is there. */
interface Nested {
  at: TaskPlace;
  id: { value: string; parent: { value: string } };
}

interface ProcessIo {
  type: string;
  data?: { type: 'STDOUT' | 'STDERR'; data?: string };
}

/**
 * See `Driver.exec`: the agent runs it in a container within that of the task, and ends it with all that it forked as soon as
 * the connection ends. (Read: the agent API of Mesos; no trace has it.)
 */
export async function exec(at: TaskPlace, task: string, { spec, grid, isImage }: { spec: MachineSpec; grid: string; isImage: boolean }, request: ExecRequest, signal: AbortSignal): Promise<ExecResult> {
  const [program] = request.argv;
  if (!program || request.argv.some((part) => part.includes('\0'))) cannotStart(program, { code: 'EINVAL' });
  const sandbox = (await sandboxOf(at, task, signal)) ?? throwProblem(409, 'machine_dead', `machine ${spec.id}: its agent on ${at.host} does not have it any more`, 'See its logs; repair the cluster it belongs to.');
  const nested: Nested = { at, id: { value: randomUUID(), parent: { value: sandbox.container } } };
  const mark = randomUUID();
  const variables = Object.entries({ ...variablesOf(spec, grid), ...request.env, [MARK]: mark }).map(([name, value]) => ({ name, value }));
  const command = { shell: false, value: '/bin/sh', arguments: ['sh', '-c', RUN, 'sh', isImage ? '' : sandbox.directory, ...request.argv], environment: { variables } };
  const stream = await openStream(at, { type: 'LAUNCH_NESTED_CONTAINER_SESSION', launch_nested_container_session: { container_id: nested.id, command } }, signal);
  const stdout = boundedOutput(KEPT_BYTES);
  const stderr = boundedOutput(KEPT_BYTES);
  const ended = (async () => {
    for await (const record of records(stream)) {
      const { type, data } = JSON.parse(record.toString('utf8')) as ProcessIo;
      if (type === 'DATA' && data?.data) (data.type === 'STDERR' ? stderr : stdout).write(Buffer.from(data.data, 'base64'));
    }
  })().catch(() => undefined);
  try {
    // A command may end without having read its input: that is its affair.
    void give(nested, request.stdin ?? '').catch(() => undefined);
    const inTime = await within(ended, request.timeoutMs, signal);
    signal.throwIfAborted();
    if (!inTime) await call(nested, 'KILL_NESTED_CONTAINER', { container_id: nested.id }).catch(() => undefined);
    const status = inTime ? await statusOf(nested) : { exit: null, signal: 'SIGKILL' };
    if (status.exit === 127 && stderr.text() === mark) cannotStart(program, { code: 'ENOENT' });
    return { ...status, stdout: stdout.text(), stderr: stderr.text(), truncated: stdout.truncated() || stderr.truncated(), timedOut: !inTime };
  } finally {
    stream.destroy();
  }
}

async function call({ at }: Nested, type: string, body: object): Promise<Response> {
  return askAgent(at, '/api/v1', {
    method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json' }, body: JSON.stringify({ type, [type.toLowerCase()]: body }), signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
}

/** All of its input, then the end of it. */
async function give({ at, id }: Nested, stdin: string): Promise<void> {
  const bytes = Buffer.from(stdin);
  const pieces = Array.from({ length: Math.ceil(bytes.length / INPUT_BYTES) }, (_, i) => bytes.subarray(i * INPUT_BYTES, (i + 1) * INPUT_BYTES));
  const io = [...pieces, Buffer.alloc(0)].map((data) => ({ type: 'PROCESS_IO', process_io: { type: 'DATA', data: { type: 'STDIN', data: data.toString('base64') } } }));
  const body = [{ type: 'CONTAINER_ID', container_id: id }, ...io].map((one) => {
    const text = JSON.stringify({ type: 'ATTACH_CONTAINER_INPUT', attach_container_input: one });
    return `${Buffer.byteLength(text)}\n${text}`;
  }).join('');
  await askAgent(at, '/api/v1', {
    method: 'POST', headers: { 'content-type': 'application/recordio', 'message-content-type': 'application/json', accept: 'application/json' }, body, signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
}

/** As `wait` gives it. */
async function statusOf(nested: Nested): Promise<{ exit: number | null; signal: string | null }> {
  const answer = (await (await call(nested, 'WAIT_NESTED_CONTAINER', { container_id: nested.id })).json()) as { wait_nested_container?: { exit_status?: number } };
  const status = answer.wait_nested_container?.exit_status;
  if (status === undefined) return { exit: null, signal: null };
  const number = status & 0x7f;
  return number === 0 ? { exit: (status >> 8) & 0xff, signal: null } : { exit: null, signal: Object.entries(constants.signals).find(([, one]) => one === number)?.[0] ?? String(number) };
}
