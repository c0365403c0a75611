import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildWithGo, type GoTool } from '../../cli/up/build_with_go';
import { during } from '../../cli/up/progress';
import type { Site } from '../figure';

/** The version that is pinned in tools/compose/go.mod. */
const VERSION = '2.40.3';
const COMPOSE: GoTool = { module: 'compose', package: 'github.com/docker/compose/v2/cmd', linkerFlags: '-s -w', packages: 1038 };

/** Where Docker Compose is once it was built. */
export const COMPOSE_PATH = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'service-grid', `compose-${VERSION}`, 'docker-compose');

/** Path of Docker Compose: built with Go once, kept in the user's cache; undefined, and said why, where it cannot be had. */
export async function provisionCompose({ tell }: Pick<Site, 'tell'>): Promise<string | undefined> {
  if (existsSync(COMPOSE_PATH)) return COMPOSE_PATH;
  mkdirSync(dirname(COMPOSE_PATH), { recursive: true });
  try {
    await during(`building Docker Compose ${VERSION} with Go (once, some minutes)`, tell, (note) => buildWithGo(COMPOSE, COMPOSE_PATH, process.env, note, new AbortController().signal));
    return COMPOSE_PATH;
  } catch (error) {
    tell(`the comparison with Docker Compose is skipped: ${(error as Error).message}`);
    return undefined;
  }
}
