import { renameSync, writeFileSync } from 'node:fs';

/** Writes the document so that a reader finds the old one or the new one whole, never half of one. */
export function writeJson(path: string, document: unknown): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}
