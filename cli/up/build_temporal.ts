import { buildWithGo, type GoTool } from './build_with_go';
import type { Note } from './progress';
import { TEMPORAL_VERSION } from './temporal_version';

const TEMPORAL: GoTool = {
  module: 'temporal', package: 'github.com/temporalio/cli/cmd/temporal', packages: 1720,
  linkerFlags: `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_VERSION}`,
};

/** Builds the Temporal server. @throws Error as {@link buildWithGo} */
export const buildTemporal = (target: string, env: NodeJS.ProcessEnv, note: Note, signal: AbortSignal): Promise<void> =>
  buildWithGo(TEMPORAL, target, env, note, signal);
