import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Surroundings } from '../../../surroundings';
import type { FinalEnd } from '../client/keep_subscribed';
import { readMesosConnector } from '../connector';
import { hold } from './hold';
import { openLink } from './link';

export interface HeldFramework {
  compute: string;
  connector: string;
  /** The framework's id in Mesos. */
  id: string;
}

/**
 * Is subscribed for one framework, until the stream ends for good or the activity is called off: does what the framework's
 * workflow wants done, and tells it what becomes of that. One worker at a time has it; when that dies another one does.
 */
export const holdFramework = ({ client, grid }: Surroundings) => async ({ compute, connector, id }: HeldFramework): Promise<FinalEnd> => {
  const signal = Context.current().cancellationSignal;
  const ending = new AbortController();
  const link = openLink(client, compute, randomUUID(), AbortSignal.any([signal, ending.signal]));
  return hold({ cluster: readMesosConnector(compute, connector), link, grid, compute, id }, signal).finally(() => ending.abort());
};
