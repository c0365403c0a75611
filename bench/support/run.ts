import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a program prints. @throws Error with what it said, when it ends otherwise than well */
export const run = async (program: string, args: readonly string[], { env }: { env: Record<string, string> }): Promise<string> =>
  (await promisify(execFile)(program, args, { env: { ...process.env, ...env } })).stdout;
