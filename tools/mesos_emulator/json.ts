/** Fields of Mesos' messages that are doubles: they are written with a decimal point, whatever they are. */
const DOUBLES = new Set(['heartbeat_interval_seconds', 'timestamp', 'failover_timeout', 'weight', 'build_time', 'start_time', 'elected_time']);

/** JSON as a master writes it: on one line, doubles as doubles, nothing for what is not there. */
export function toJson(value: unknown, key = '', parent = ''): string {
  if (typeof value === 'number') return (DOUBLES.has(key) || (key === 'value' && parent === 'scalar')) && Number.isInteger(value) ? `${value}.0` : String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((one) => toJson(one, key, parent)).join(',')}]`;
  const fields = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${toJson(one, name, key)}`).join(',')}}`;
}

/** One record of a stream. */
export function toRecord(event: object): string {
  const text = toJson(event);
  return `${Buffer.byteLength(text)}\n${text}`;
}
