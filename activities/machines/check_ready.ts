import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { problem } from '../../model/errors';
import type { Heartbeat } from '../../model/messages';
import type { Surroundings } from '../surroundings';
import { opens } from '../opens';
import { ProblemError } from '../problem_error';
import { openDriver } from './open_driver';
import type { OnCompute } from './start_machines';

export interface ReadyCheck extends OnCompute {
  withinMs: number;
  nodes: { name: string; machine: string; address: string; host?: string; ports: number[] }[];
}

/** P-39: one TCP connection per check port; the original waits 4 s for it. */
const CONNECT_TIMEOUT_MS = 4_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Waits until every machine runs, is well as far as somebody looks, and every check port is open. @throws ProblemError `not_ready` naming what is not. */
export const checkReady = (around: Surroundings) => async ({ compute, connector, withinMs, nodes }: ReadyCheck): Promise<void> => {
  const context = Context.current();
  const driver = openDriver({ name: compute, connector, ...around });
  const isOpen = driver.opens?.bind(driver) ?? opens;
  const until = Date.now() + withinMs;
  let open = nodes;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const answers = await Promise.all(open.map(async (node) => ({ node, missing: await missingOf(node) })));
    const closed = answers.filter((a) => a.missing);
    open = closed.map((a) => a.node);
    const note = closed.map((a) => a.missing).slice(0, 3).join('; ');
    context.heartbeat({ done: nodes.length - open.length, total: nodes.length, note } satisfies Heartbeat);
    if (open.length === 0) return;
    if (Date.now() > until) {
      throw new ProblemError(problem(504, 'not_ready', `${open.length} of ${nodes.length} nodes are not ready: ${note}`, 'Look at their logs with `grid logs`, then retry.', { field: `nodes.${open[0]!.name}` }));
    }
    await delay(pauseMs, undefined, { signal: context.cancellationSignal });
  }

  async function missingOf({ name, machine, address, host, ports }: ReadyCheck['nodes'][number]): Promise<string> {
    const there = await driver.find(machine);
    if (there?.state !== 'running') return `${name} does not run`;
    if (there.health && there.health.status !== 'healthy') return `${name}: the health check of its image says ${there.health.status}${there.health.said ? `: ${there.health.said.slice(-200)}` : ''}`;
    const shut = await Promise.all(ports.map(async (port) => ((await isOpen(address, port, CONNECT_TIMEOUT_MS, host)) ? [] : [port])));
    return shut.flat().length ? `${name}: nothing answers on ${address}:${shut.flat().join(', ')}` : '';
  }
};
