import { readFileSync } from 'node:fs';
import { secretReference } from '../model/environment/secret_reference';

/**
 * Variables for Temporal's own reader of them, with the API key in place of where it is (`file:/path`, `env:NAME`). What this process
 * hands on to agents is the reference: a key would stand in the definition of each of their machines.
 * @throws Error where the reference leads nowhere
 */
export function temporalVariables(env: Record<string, string | undefined>): Record<string, string> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value)) as Record<string, string>;
  const { file, env: name } = secretReference(given['TEMPORAL_API_KEY'] ?? '') ?? {};
  if (file === undefined && name === undefined) return given;
  const key = file === undefined ? given[name!] : readFileSync(file, 'utf8').trim();
  if (!key) throw new Error(`TEMPORAL_API_KEY=${given['TEMPORAL_API_KEY']}: nothing is there`);
  return { ...given, TEMPORAL_API_KEY: key };
}
