import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Real parts a test may need beyond Node and Temporal, and how each is had. */
const PARTS = {
  'redis-server': 'apt-get install redis-server',
  python3: 'apt-get install python3',
  'tomcat10-instance-create': 'apt-get install tomcat10-user',
} as const;

export type Part = keyof typeof PARTS;

export function isThere(part: Part): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => isExecutable(join(dir, part)));
}

/** `describe` for tests with real parts: where one is missing they are skipped, and `npm test` prints why and the remedy. */
export function describeNeeding(parts: Part[], name: string, body: () => void): void {
  const missing = parts.filter((part) => !isThere(part));
  if (missing.length === 0) return describe(name, body);
  const remedy = missing.map((part) => `${part} is missing: ${PARTS[part]}`).join('; ');
  describe.skip(`${name} [skipped: ${remedy}]`, body);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
