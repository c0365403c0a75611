import { createHash, randomUUID } from 'node:crypto';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import type { Ctx } from './grid';

const KEY = /^[\x21-\x7e]{1,255}$/;

const hash = (...parts: string[]): string => createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);

/**
 * The caller's `Idempotency-Key`; a form has it in a field.
 * @throws Problem 400 when it is no key
 */
export function idempotencyKey(c: Ctx): string | undefined {
  const key = c.req.header('idempotency-key') ?? c.get('formKey');
  if (key !== undefined && !KEY.test(key)) {
    raise(problem(400, 'invalid_idempotency_key', 'the Idempotency-Key is not 1 to 255 printable characters without blanks', 'Send a UUID, for instance.'));
  }
  return key;
}

/** Id of the update that this request sends: the same for a repetition under the same key, on this resource only. */
export function updateIdOf(c: Ctx): string {
  const key = idempotencyKey(c);
  return key === undefined ? randomUUID() : hash(c.req.method, c.req.path, key);
}

/** Id of the job that this request orders, 32 hex digits; the same for a repetition by this user under the same key. */
export function jobOf(c: Ctx, user: string): string {
  const key = idempotencyKey(c);
  return key === undefined ? randomUUID().replaceAll('-', '') : hash(user, key);
}

/** Fingerprint of what was asked: equal for equal values, whatever the order of keys. */
export const fingerprint = (value: unknown): string => hash(canonical(value));

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`;
}
