import { Context } from '@temporalio/activity';
import { problem } from '../../model/errors';
import type { NodeView, RoleView } from '../../model/cluster_views';
import type { Heartbeat } from '../../model/messages';
import type { OptionValue } from '../../model/product';
import type { Surroundings } from '../surroundings';
import { readTokenFile, scriptToken } from '../../process/tokens';
import { ProblemError } from '../problem_error';
import { runScript, type ScriptResult } from './run_script';

export interface Configuration {
  script: string;
  verb: 'start' | 'stop' | 'restart' | 'status';
  timeoutMs: number;
  attempts: number;
  cluster: {
    id: string;
    dn: string;
    options: Record<string, OptionValue>;
    nodes: (NodeView & { roles: string[]; devices: { device: string; address: string }[] })[];
    roles: RoleView[];
  };
}

const TOKEN_SPARE_MS = 60_000;

/** Runs the product's own script for a cluster (P-41, P-43). @throws ProblemError `script_failed` with its last output. */
export const configureCluster = (around: Surroundings) => async ({ script, verb, timeoutMs, attempts, cluster }: Configuration): Promise<{ output: string }> => {
  const context = Context.current();
  const nodes = cluster.nodes.map(({ devices, ...n }) => ({ ...n, addresses: Object.fromEntries(devices.map((d) => [d.device, d.address])) }));
  let note = '';
  const onOutput = (chunk: Buffer | string) => {
    note = String(chunk).trimEnd().split('\n').at(-1)?.slice(0, 200) ?? '';
    context.heartbeat({ done: 0, total: 0, note } satisfies Heartbeat);
  };
  const token = around.tokens && scriptToken(readTokenFile(around.tokens), cluster.id, timeoutMs * attempts + TOKEN_SPARE_MS);
  for (let attempt = 1; ; attempt++) {
    const { workflowExecution, activityId } = context.info;
    const result = await runScript(
      { script, verb, cluster: { ...cluster, nodes }, timeoutMs, runId: `${workflowExecution?.runId}-${activityId}-${attempt}`, ...around, token },
      { signal: context.cancellationSignal, onOutput },
    );
    if (result.exit === 0 && !result.timedOut) return { output: result.output };
    if (attempt < attempts) continue;
    throw new ProblemError(
      problem(409, 'script_failed', `the orchestrator script ${howItEnded(result)}`, 'Read its output, mend the cause or the script, then retry.', { evidence: result.output.slice(-4096) }),
    );
  }
};

/** Its exit code, or which limit or signal ended it, and the last line that it printed itself. */
function howItEnded({ exit, output }: ScriptResult): string {
  const lines = output.trimEnd().split('\n');
  const ended = exit === null ? /^\((ended.*)\)$/.exec(lines.at(-1)!)?.[1] : undefined;
  const last = lines.at(ended ? -2 : -1)?.replace(/\p{Cc}/gu, '').trim().slice(0, 200);
  return `${ended ? `was ${ended}` : `ended with ${exit}`}${last ? `: ${last}` : ''}`;
}
