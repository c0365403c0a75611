import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { computeId } from '../../model/ids';
import type { Counted } from '../../model/messages';
import type { OnCompute } from '../machines/start_machines';
import { ProblemError } from '../problem_error';
import type { Surroundings } from '../surroundings';
import type { Connector } from './connector';
import { openConnector } from './open';

export interface CountWish extends OnCompute {
  /** By service: how many are wanted, and how many we believe run where the connector cannot say. */
  wanted: Record<string, { wanted: number; had: number }>;
}

/**
 * The ensure loop of one connector (G-12): looks, corrects what is not as wanted, tells its compute what it saw, and
 * looks again after the poll interval. Told to end it still hears a call that is under way, for only that call knows
 * what it did.
 */
export const keepCounts = ({ client, pollIntervalMs }: Surroundings) => async ({ compute, connector, wanted }: CountWish): Promise<void> => {
  const opened = openConnector({ compute, connector });
  const ending = Context.current().cancellationSignal;
  const handle = client.workflow.getHandle(computeId(compute));
  const services = Object.entries(wanted).map(([service, { wanted: number, had }]) => ({ service, number, had, told: '' }));
  while (!ending.aborted) {
    await Promise.all(services.map(async (one) => {
      const { had, ...counted } = await count(opened, one);
      one.had = had;
      if (JSON.stringify(counted) === one.told) return;
      await handle.signal<[Counted]>('counted', counted);
      one.told = JSON.stringify(counted);
    }));
    await delay(pollIntervalMs, undefined, { signal: ending }).catch(() => undefined);
  }
};

interface Wanted {
  service: string;
  number: number;
  had: number;
}

/** Looks at one service and corrects it; a connector that cannot say is believed to run what it was last made to. */
async function count(connector: Connector, { service, number, had }: Wanted): Promise<Counted & { had: number }> {
  const never = new AbortController().signal;
  const seen = { service, wanted: number };
  try {
    const running = await connector.running(service, never);
    const before = running ?? had;
    const after = before === number ? running : await connector.scale(service, { wanted: number, had: before }, never);
    const agreed = after === undefined || after === number ? { applied: number } : {};
    return { ...seen, ...agreed, running: after ?? null, problem: null, had: after ?? number };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { ...seen, running: null, problem: error.problem, had };
  }
}
