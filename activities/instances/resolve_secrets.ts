import { readFile } from 'node:fs/promises';
import { secretReference } from '../../model/environment/secret_reference';
import type { Hrd, HrdItem } from '../../model/hrd/hrd';
import { throwProblem } from '../problem_error';

/**
 * The values of an instance of the environment with what stands behind references to secrets: its model, which is in git,
 * has `file:/path` or `env:NAME`. They are looked up on the machine, each time anew.
 * @throws ProblemError 409 `secret_missing` naming the key
 */
export const resolveSecrets = async (hrd: Hrd): Promise<Hrd> => ({ ...hrd, items: await Promise.all(hrd.items.map(resolved)) });

async function resolved(item: HrdItem): Promise<HrdItem> {
  const { file, env } = (item.type === 'base' && item.key.startsWith('instance.') && secretReference(item.value)) || {};
  if (item.type !== 'base' || (file === undefined && env === undefined)) return item;
  const value = file === undefined ? process.env[env!] : await readFile(file, 'utf8').then((text) => text.replace(/\r?\n$/, ''), () => undefined);
  if (value !== undefined) return { ...item, value };
  return throwProblem(409, 'secret_missing', `${item.key} refers to ${item.value}, which is not on this machine`, 'Put it there, readable for the agent; then retry.', { field: item.key });
}
