import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buildWithGo, type GoTool } from '../../../cli/up/build_with_go';
import { during } from '../../../cli/up/progress';

/** The version that the CLI's own module requires (tools/temporal_server/go.mod), and docker-compose.temporal.yml pins. */
const VERSION = '1.31.2';

const tool = (path: string): GoTool => ({ module: 'temporal_server', package: path, linkerFlags: '-s -w', packages: 1720 });
const PROGRAMS = {
  'temporal-server': tool('go.temporal.io/server/cmd/server'),
  'temporal-sql-tool': tool('go.temporal.io/server/cmd/tools/sql'),
  'temporal-ui-server': tool('github.com/temporalio/ui-server/v2/cmd/server'),
};

export type ServerProgram = keyof typeof PROGRAMS;

/** Paths of Temporal's server, schema tool and UI as production has them: built with Go once, kept in the user's cache. */
export async function provisionServer(tell: (line: string) => void, signal = new AbortController().signal): Promise<Record<ServerProgram, string>> {
  const dir = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'service-grid', `temporal-server-${VERSION}`);
  mkdirSync(dir, { recursive: true });
  const paths = Object.fromEntries(Object.keys(PROGRAMS).map((name) => [name, join(dir, name)])) as Record<ServerProgram, string>;
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const path = paths[name as ServerProgram];
    if (!existsSync(path)) await during(`building ${name} ${VERSION} with Go (once)`, tell, (note) => buildWithGo(program, path, process.env, note, signal));
  }
  return paths;
}
