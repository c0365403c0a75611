import { watch } from 'node:fs';
import { mkdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { opens } from '../../opens';

/** On the host: the port of its loopback at which agents of a grid find Temporal, for as long as the directory is there. */
export interface TemporalPort {
  /** The recorded one; else the first of these at which nothing listens, which is recorded. 0 when something listens at all of them. */
  choose(candidates: readonly number[]): Promise<number>;
  /** Waits until one is recorded. */
  recorded(signal: AbortSignal): Promise<number>;
}

const ANSWER_WITHIN_MS = 1_000;

export function openTemporalPort(home: string, grid: string): TemporalPort {
  const dir = join(home, 'temporal');
  const file = join(dir, grid);
  // A link, since it is made with what it says, by one alone.
  const read = async () => Number(await readlink(file).catch(() => 0));
  const ready = () => mkdir(dir, { recursive: true, mode: 0o700 });
  return {
    async choose(candidates) {
      await ready();
      const port = await read();
      if (port) return port;
      for (const one of candidates) {
        if (await opens('127.0.0.1', one, ANSWER_WITHIN_MS)) continue;
        // Agents that were started with a port know no other: the first that is written stays.
        await symlink(String(one), file).catch(() => {});
        return read();
      }
      return 0;
    },
    async recorded(signal) {
      await ready();
      return new Promise((resolve, reject) => {
        const notices = watch(dir);
        const end = () => notices.close();
        const look = () => void read().then((port) => {
          if (!port) return;
          end();
          resolve(port);
        });
        notices.on('change', look).on('error', reject).on('close', () => reject(new Error('called off')));
        signal.addEventListener('abort', end);
        if (signal.aborted) end();
        look();
      });
    },
  };
}
