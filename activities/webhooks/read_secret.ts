import { readFile } from 'node:fs/promises';
import { secretReference } from '../../model/environment/secret_reference';
import { throwProblem } from '../problem_error';

/**
 * The secret that a reference leads to, on this host; it is read each time anew and told to nobody.
 * @throws ProblemError 409 `secret_missing`
 */
export async function readSecret(webhook: string, reference: string): Promise<string> {
  const { file, env } = secretReference(reference) ?? {};
  const value = file === undefined ? process.env[env ?? ''] : await readFile(file, 'utf8').then((text) => text.replace(/\r?\n$/, ''), () => undefined);
  return value || throwProblem(409, 'secret_missing', `webhook ${webhook}: nothing is at ${reference} on the host of this control worker`, 'Put the secret there, readable for every control worker; then retry.', { field: 'secret' });
}
