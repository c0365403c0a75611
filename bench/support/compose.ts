import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildWithGo, type GoTool } from '../../cli/up/build_with_go';
import { during } from '../../cli/up/progress';
import type { Site } from '../figure';

/** The version that is pinned in tools/compose/go.mod. */
const VERSION = '2.40.3';
const COMPOSE: GoTool = { module: 'compose', package: 'github.com/docker/compose/v2/cmd', linkerFlags: '-s -w', packages: 1038 };

/** Path of Docker Compose: built with Go once, kept in the user's cache; undefined, and said why, where it cannot be had. */
export async function provisionCompose({ tell }: Pick<Site, 'tell'>): Promise<string | undefined> {
  const target = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'service-grid', `compose-${VERSION}`, 'docker-compose');
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  try {
    await during(`building Docker Compose ${VERSION} with Go (once, some minutes)`, tell, (note) => buildWithGo(COMPOSE, target, process.env, note, new AbortController().signal));
    return target;
  } catch (error) {
    tell(`the comparison with Docker Compose is skipped: ${(error as Error).message}`);
    return undefined;
  }
}
