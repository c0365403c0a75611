import { readFileSync } from 'node:fs';
import { secretReference } from '../model/environment/secret_reference';

/**
 * What is where a reference (`file:/path`, `env:NAME`) says, without blanks around it; undefined where the text is no reference.
 * @throws Error where the reference leads nowhere
 */
export function textBehind(reference: string, env: Record<string, string | undefined>): string | undefined {
  const { file, env: name } = secretReference(reference) ?? {};
  if (file === undefined && name === undefined) return undefined;
  const text = (file === undefined ? env[name!] : readOr(file, undefined))?.trim();
  if (!text) throw new Error(`nothing is at ${reference}`);
  return text;
}

function readOr<T>(path: string, otherwise: T): string | T {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

/**
 * Variables for Temporal's own reader of them, with the API key in place of where it is (`file:/path`, `env:NAME`). What this process
 * hands on to agents is the reference: a key would stand in the definition of each of their machines.
 * @throws Error where the reference leads nowhere
 */
export function temporalVariables(env: Record<string, string | undefined>): Record<string, string> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value)) as Record<string, string>;
  const key = textBehind(given['TEMPORAL_API_KEY'] ?? '', given);
  return key === undefined ? given : { ...given, TEMPORAL_API_KEY: key };
}
