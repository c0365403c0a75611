import { appendFile, open, stat, truncate } from 'node:fs/promises';
import { isMissing } from '../machines/process/directory';
import type { InstanceDirectory } from './instance_directory';

const LIMIT_BYTES = 1024 * 1024;
const KEPT_BYTES = 256 * 1024;

/** Adds to an instance's `log.txt`, whose end is kept once it grew long. One that is gone needs no log. */
export async function writeLog(dir: InstanceDirectory, title: string, text: string): Promise<void> {
  try {
    await appendFile(dir.log, `== ${new Date().toISOString()} ${title}\n${text && !text.endsWith('\n') ? `${text}\n` : text}`, { mode: 0o600 });
    if ((await stat(dir.log)).size > LIMIT_BYTES) await keepEnd(dir.log);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function keepEnd(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(KEPT_BYTES), 0, KEPT_BYTES, size - KEPT_BYTES);
    const whole = buffer.subarray(buffer.indexOf(0x0a) + 1);
    await truncate(path, 0);
    await file.write(whole, 0, whole.length, 0);
  } finally {
    await file.close();
  }
}
