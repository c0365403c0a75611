import { setTimeout as sleep } from 'node:timers/promises';
import { ask, order, queued } from '../../support/http';
import { idle, putProduct } from '../../support/product';
import type { Topology } from './topology';

export const SIZE = 2;

/** A product whose launch takes some seconds, so that there is always one in flight. */
export const slowProduct = (grid: Topology, name: string, seconds = 3): Promise<string> =>
  putProduct(grid, name, { template: idle(SIZE), script: `#!/bin/sh\nsleep ${seconds}\n` });

/** Orders that a person sends again under the same key until they are answered, as clients of an idempotent request do. */
export async function orderAll(grid: Topology, product: string, keys: readonly string[]): Promise<string[]> {
  return Promise.all(keys.map(async (key, i) => {
    await sleep(i * 150);
    const { body } = await untilAccepted(() => order(grid, product, {}, { 'idempotency-key': key }));
    return untilAccepted(() => queued(grid, body.url));
  }));
}

async function untilAccepted<T>(send: () => Promise<T>): Promise<T> {
  for (;;) {
    const answer = await send().catch(() => undefined);
    if (answer !== undefined && ((answer as { status?: number }).status ?? 0) < 400) return answer;
    await sleep(150);
  }
}

export interface Failure {
  /** Milliseconds since 1970: when it was sent, and when it failed. */
  sentAt: number;
  failedAt: number;
  why: string;
}

/** Somebody who looks all the time, with a connection for each request: what fails is kept. */
export function lookAllTheTime(grid: Topology): { requests: () => number; end: () => Promise<Failure[]> } {
  const failures: Failure[] = [];
  let requests = 0;
  let going = true;
  const look = async (): Promise<void> => {
    while (going) {
      const sentAt = Date.now();
      requests += 1;
      const why = await ask(grid, 'GET', '/api/v1/lifecycles?kind=cluster&limit=20', undefined, { connection: 'close' }).then(({ status }) => (status < 500 ? undefined : String(status)), (error: Error) => String((error.cause as Error | undefined)?.message ?? error.message));
      if (why !== undefined) failures.push({ sentAt, failedAt: Date.now(), why });
      await sleep(30);
    }
  };
  const looking = Promise.all([look(), look()]);
  return {
    requests: () => requests,
    end: async () => {
      going = false;
      await looking;
      return failures;
    },
  };
}
