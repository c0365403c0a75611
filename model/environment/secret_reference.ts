const REFERENCE = /^(?:file:(?<file>\/[^\s]+)|env:(?<env>[A-Za-z_]\w*))$/;

/** Where a secret is, as the model says it: `file:/path` or `env:NAME`; undefined for any other text. */
export function secretReference(text: string): { file?: string; env?: string } | undefined {
  return REFERENCE.exec(text)?.groups;
}
