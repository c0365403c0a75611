/**
 * A call as a master reads it from JSON: unknown fields are ignored, unknown words of an enum count as absent, a number
 * may be written as a string, and what is wrong is said in the master's own words.
 */

type Shape =
  | { is: 'string' | 'number' | 'boolean' | 'bytes' | 'any' }
  | { is: 'enum'; words: readonly string[] }
  | { is: 'message'; fields: Record<string, Shape>; required: readonly string[] }
  | { is: 'list'; of: Shape };

const string: Shape = { is: 'string' };
const number: Shape = { is: 'number' };
const boolean: Shape = { is: 'boolean' };
const any: Shape = { is: 'any' };
const list = (of: Shape): Shape => ({ is: 'list', of });
const words = (...all: string[]): Shape => ({ is: 'enum', words: all });
const message = (fields: Record<string, Shape>, required: string[] = []): Shape => ({ is: 'message', fields, required });

const id = message({ value: string }, ['value']);
const ids = list(id);
const filters = message({ refuse_seconds: number });
const roles = message({ roles: list(string) });
const killPolicy = message({ grace_period: message({ nanoseconds: number }) });
const capability = message({ type: words('MULTI_ROLE', 'PARTITION_AWARE', 'TASK_KILLING_STATE', 'RESERVATION_REFINEMENT', 'REGION_AWARE', 'GPU_RESOURCES', 'SHARED_RESOURCES', 'REVOCABLE_RESOURCES') });
const frameworkInfo = message({
  user: string, name: string, id, role: string, roles: list(string), principal: string, capabilities: list(capability),
  failover_timeout: number, checkpoint: boolean, webui_url: string, hostname: string, labels: any,
}, ['user', 'name']);
const task = message({
  name: string, task_id: id, agent_id: id, resources: list(any), command: any, container: any, executor: any, health_check: any, check: any,
  kill_policy: killPolicy, max_completion_time: any, labels: any,
}, ['name', 'task_id', 'agent_id']);
const operation = message({
  type: words('LAUNCH', 'LAUNCH_GROUP'), launch: message({ task_infos: list(task) }),
  launch_group: message({ executor: any, task_group: message({ tasks: list(task) }) }),
});

const CALLS: Record<string, Shape> = {
  SUBSCRIBE: message({ framework_info: frameworkInfo, suppressed_roles: list(string) }, ['framework_info']),
  ACCEPT: message({ offer_ids: ids, operations: list(operation), filters }),
  DECLINE: message({ offer_ids: ids, filters }),
  REVIVE: roles,
  SUPPRESS: roles,
  KILL: message({ task_id: id, agent_id: id, kill_policy: killPolicy }, ['task_id']),
  SHUTDOWN: message({ executor_id: id, agent_id: id }, ['executor_id']),
  ACKNOWLEDGE: message({ agent_id: id, task_id: id, uuid: { is: 'bytes' } }, ['agent_id', 'task_id', 'uuid']),
  RECONCILE: message({ tasks: list(message({ task_id: id, agent_id: id }, ['task_id'])) }),
  MESSAGE: message({ agent_id: id, executor_id: id, data: { is: 'bytes' } }, ['agent_id', 'executor_id', 'data']),
  REQUEST: message({ requests: list(any) }),
  UPDATE_FRAMEWORK: message({ framework_info: frameworkInfo, suppressed_roles: list(string) }, ['framework_info']),
  RECONCILE_OPERATIONS: message({ operations: list(any) }),
  ACKNOWLEDGE_OPERATION_STATUS: message({}),
  TEARDOWN: message({}),
};
const MAY_BE_ABSENT = ['REVIVE', 'SUPPRESS', 'TEARDOWN', 'UNKNOWN'];

const CALL = message({
  type: words(...Object.keys(CALLS), 'UNKNOWN'), framework_id: id,
  ...Object.fromEntries(Object.entries(CALLS).filter(([type]) => type !== 'TEARDOWN').map(([type, shape]) => [type.toLowerCase(), shape])),
});

/** What is wrong with a call: 400 and this text. */
export class BadCall extends Error {}

/** @throws BadCall */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const trailing = trailingOf(text);
    throw new BadCall(`Failed to parse body into JSON: ${trailing === undefined ? `syntax error at line 1 near: ${atFault(text)}` : `Parsed JSON included non-whitespace trailing characters: ${trailing}`}`);
  }
}

/** What stands behind a whole object. */
function trailingOf(text: string): string | undefined {
  const end = text.lastIndexOf('}') + 1;
  const rest = text.slice(end);
  if (end === 0 || !rest.trim()) return undefined;
  try {
    JSON.parse(text.slice(0, end));
    return rest;
  } catch {
    return undefined;
  }
}

/** From the first sign on that no value begins with; what only breaks off has no fault that could be shown. */
const atFault = (text: string): string => (/^[ \t\r\n]*[[{"\d-]/.test(text) ? '' : text);

/** @throws BadCall */
export function readCall(value: unknown): any {
  const call: any = convert(CALL, value, '');
  if (call.type === undefined) throw new BadCall("Failed to validate scheduler::Call: Expecting 'type' to be present");
  const name = call.type.toLowerCase();
  if (call.type !== 'SUBSCRIBE' && call.framework_id === undefined) throw new BadCall("Failed to validate scheduler::Call: Expecting 'framework_id' to be present");
  if (call[name] === undefined && !MAY_BE_ABSENT.includes(call.type)) throw new BadCall(`Failed to validate scheduler::Call: Expecting '${name}' to be present`);
  if (call.type === 'ACKNOWLEDGE' && !isUuid(call.acknowledge.uuid)) throw new BadCall('Failed to validate scheduler::Call: Not a valid UUID');
  return call;
}

function convert(shape: Shape, value: unknown, at: string): unknown {
  const field = at.split('.').at(-1)!;
  if (value === null || value === undefined) return undefined;
  switch (shape.is) {
    case 'any': return value;
    case 'list': return Array.isArray(value) ? value.map((one) => convert(shape.of, one, at)) : wrongKind(value, field);
    case 'enum': return typeof value !== 'string' ? wrongKind(value, field) : shape.words.includes(value) ? value : undefined;
    case 'boolean': return typeof value === 'boolean' ? value : wrongKind(value, field);
    case 'number': return typeof value === 'number' ? value : typeof value === 'string' && Number.isFinite(Number(value)) ? Number(value) : wrongKind(value, field);
    case 'string': return typeof value === 'string' ? value : wrongKind(value, field);
    case 'bytes': return typeof value === 'string' ? base64(value, field) : wrongKind(value, field);
    case 'message': {
      if (typeof value !== 'object' || Array.isArray(value)) throw new BadCall('Failed to convert JSON into Call protobuf: Expecting a JSON object');
      const given = value as Record<string, unknown>;
      const read = Object.fromEntries(Object.entries(shape.fields).map(([name, one]) => [name, convert(one, given[name], at ? `${at}.${name}` : name)]).filter(([, one]) => one !== undefined));
      const missing = shape.required.filter((name) => read[name] === undefined).map((name) => (at ? `${at}.${name}` : name));
      if (missing.length > 0) throw new BadCall(`Failed to convert JSON into Call protobuf: Missing required fields: ${missing.join(', ')}`);
      return read;
    }
  }
}

function wrongKind(value: unknown, field: string): never {
  const kind = Array.isArray(value) ? 'array' : typeof value;
  throw new BadCall(`Failed to convert JSON into Call protobuf: Not expecting a JSON ${kind} for field '${field}'`);
}

function base64(text: string, field: string): string {
  const bad = /[^A-Za-z0-9+/=]/.exec(text);
  if (bad) throw new BadCall(`Failed to convert JSON into Call protobuf: Failed to base64 decode bytes field '${field}': Invalid character '${bad[0]}'`);
  return text;
}

/** 16 bytes of the variant and a version of RFC 4122. */
function isUuid(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 16 && (bytes[8]! & 0xc0) === 0x80 && bytes[6]! >> 4 >= 1 && bytes[6]! >> 4 <= 5;
}
