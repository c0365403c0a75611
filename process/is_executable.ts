import { accessSync, constants } from 'node:fs';

/** Whether we may run what is at the path; not when nothing is. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
