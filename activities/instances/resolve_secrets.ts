import { readFile } from 'node:fs/promises';
import { secretReference } from '../../model/environment/secret_reference';
import type { Hrd, HrdItem } from '../../model/hrd/hrd';
import { throwProblem } from '../problem_error';

/**
 * The values of an instance of the environment with what stands behind references to secrets: its model, which is in git,
 * has `file:/path` or `env:NAME`. They are looked up on the machine, each time anew.
 * @returns also what stood behind the references, which nobody may see
 * @throws ProblemError 409 `secret_missing` naming the key
 */
export async function resolveSecrets(hrd: Hrd): Promise<{ hrd: Hrd; secrets: string[] }> {
  const items = await Promise.all(hrd.items.map(resolved));
  return { hrd: { ...hrd, items }, secrets: items.flatMap((item, n) => (item !== hrd.items[n] && item.type === 'base' ? linesOf(item.value) : [])) };
}

/** Shorter words say nothing, and would be found in everything. */
const LEAST_CHARS = 4;

/** Output is told line by line, and so is a key of several lines hidden. The longest first: one may have another in it. */
const linesOf = (secret: string): string[] =>
  [...new Set([secret, ...secret.split('\n').map((line) => line.trim())])].filter((text) => text.length >= LEAST_CHARS).sort((a, b) => b.length - a.length);

async function resolved(item: HrdItem): Promise<HrdItem> {
  const { file, env } = (item.type === 'base' && item.key.startsWith('instance.') && secretReference(item.value)) || {};
  if (item.type !== 'base' || (file === undefined && env === undefined)) return item;
  const value = file === undefined ? process.env[env!] : await readFile(file, 'utf8').then((text) => text.replace(/\r?\n$/, ''), () => undefined);
  if (value !== undefined) return { ...item, value };
  return throwProblem(409, 'secret_missing', `${item.key} refers to ${item.value}, which is not on this machine`, 'Put it there, readable for the agent; then retry.', { field: item.key });
}
