import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { VERSION } from '../version';

/**
 * The control workers of a grid as one deployment, of which one build at a time runs the lifecycles (Temporal's Worker
 * Deployments): a new one gets nothing to do before it is made the current one, and the one before stays at hand.
 */
export interface Current {
  /** None: there is no build yet that was made the current one. */
  build?: string;
  /** Says that nobody changed it meanwhile. */
  token: Uint8Array;
}

const REGISTERED_WITHIN_MS = 60_000;
const AGAIN_MS = 200;
export const NOT_FOUND = 5;
/** Its queues are not all polled yet, or somebody else was first. */
export const FAILED_PRECONDITION = 9;

/** The build in this directory: the same for the same workflows, wherever they were built. */
export function buildOf(dist: string): string {
  const { sources } = JSON.parse(readFileSync(join(dist, '.workflows.json'), 'utf8')) as { sources: string };
  return `${VERSION}-${sources.slice(0, 12)}`;
}

/** Undefined: no worker of it was ever there. */
export async function currentOf(client: Client, deploymentName: string): Promise<Current | undefined> {
  const { namespace } = client.options;
  try {
    const { workerDeploymentInfo, conflictToken } = await client.workflowService.describeWorkerDeployment({ namespace, deploymentName });
    return { build: workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId || undefined, token: conflictToken };
  } catch (error) {
    if (codeOf(error) === NOT_FOUND) return undefined;
    throw error;
  }
}

/**
 * Has this build run all lifecycles from their next step on.
 * @throws what Temporal says, e.g. that no worker of this build is there, or that it was changed since the token
 */
export async function makeCurrent(client: Client, { deploymentName, buildId }: WorkerDeploymentVersion, token?: Uint8Array): Promise<void> {
  const { namespace } = client.options;
  await client.workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId, ...(token ? { conflictToken: token } : {}), identity: `grid/${process.pid}` });
}

/** The very first build need not be waited for by a person: where there is none, this one becomes the current one. */
export async function beFirst(client: Client, version: WorkerDeploymentVersion): Promise<void> {
  for (const until = Date.now() + REGISTERED_WITHIN_MS; ; await sleep(AGAIN_MS)) {
    const now = await currentOf(client, version.deploymentName);
    if (now?.build) return;
    try {
      if (now) await makeCurrent(client, version, now.token);
    } catch (error) {
      if (codeOf(error) !== FAILED_PRECONDITION || Date.now() > until) throw error;
    }
    if (Date.now() > until) throw new Error(`Temporal does not know the workers of ${version.deploymentName} after ${REGISTERED_WITHIN_MS / 1000} s`);
  }
}

export const codeOf = (error: unknown): number | undefined => (error as { code?: number }).code;
