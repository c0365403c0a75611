import { WorkflowNotFoundError } from '@temporalio/client';
import { Context } from '@temporalio/activity';
import type { Problem } from '../../model/errors';
import { computeId } from '../../model/ids';
import type { MachineDied, MachineHealthIs, Reach } from '../../model/messages';
import type { Surroundings } from '../surroundings';
import { openDriver } from './open_driver';
import { reconcile } from './reconcile';
import type { OnCompute } from './start_machines';

/**
 * Tells the owner of every machine that ends without being asked to, at once; an owner that is gone needs no telling. Its
 * compute is told when it cannot be reached, and when it can again. What nobody tells is found by looking.
 */
export const watchMachines = (around: Surroundings) => async ({ compute, connector }: OnCompute): Promise<void> => {
  const tell = async (death: MachineDied) => {
    try {
      await around.client.workflow.getHandle(death.owner).signal<[MachineDied]>('machineDied', death);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };
  const tellHealth = async (news: MachineHealthIs) => {
    try {
      await around.client.workflow.getHandle(news.owner).signal<[MachineHealthIs]>('machineHealthIs', news);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };
  // What a watch before this one told last is not known.
  let told = '';
  const tellReach = async (problem: Problem | null, away?: string[]) => {
    const reach: Reach = { problem, ...(away?.length ? { away } : {}) };
    if (JSON.stringify(reach) === told) return;
    await around.client.workflow.getHandle(computeId(compute)).signal<[Reach]>('reach', reach);
    told = JSON.stringify(reach);
  };
  const driver = openDriver({ name: compute, connector, ...around });
  const ending = new AbortController();
  const signal = AbortSignal.any([Context.current().cancellationSignal, ending.signal]);
  const { client, pollIntervalMs, agents } = around;
  const leading = driver.lead?.(agents.env['TEMPORAL_ADDRESS'] ?? '', signal);
  const looking = reconcile({ client, compute, driver, pollIntervalMs, tell }, signal);
  try {
    await driver.watch(tell, signal, tellReach, tellHealth);
  } finally {
    ending.abort();
    await Promise.all([looking, leading]);
  }
};
