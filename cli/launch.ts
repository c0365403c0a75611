import { randomUUID } from 'node:crypto';
import type { Api } from './api';
import { clusterAddress, order, pathOf, readQueue, type Order, type QueueEntry } from './endpoints';
import { EXIT, Failure } from './exit';
import { follow, rest } from './follow';
import { clusterIdOf, dnOf, shortId } from './ids';
import { commandName, paperOf, print, printJson, type Io } from './io';
import type { Goal } from './outcome';
import { endText } from './render/launched';
import { progressView, silentView } from './views';
import type { Shown } from './wire';

export interface LaunchArgs extends Order {
  /** False: come back as soon as the cluster has its number. */
  wait: boolean;
  idempotencyKey?: string;
  /** Of the plan that it is to carry out. */
  planHash?: string;
  json?: boolean;
}

/** Orders a cluster and shows it grow until it is ready or needs a person; answers the exit code. */
export async function launchAndFollow(api: Api, args: LaunchArgs, io: Io): Promise<number> {
  const queue = await order(api, args, args.idempotencyKey ?? randomUUID(), args.planHash);
  const id = await arrival(api, queue, io);
  if (args.wait) return followToEnd(api, id, io, { goal: 'ready', json: args.json });
  const address = clusterAddress(api, dnOf(id));
  if (args.json) printJson(io, { id, url: address, queue: api.base + queue });
  else print(io, `${shortId(id)} is being launched; \`${commandName(io.env)} watch ${shortId(id)}\` shows how it goes\n  ${address}`);
  return EXIT.ok;
}

export interface FollowArgs {
  goal: Goal;
  /** Revision that the command left behind, see {@link outcomeOf}. */
  after?: number;
  /** How it was before the command: what happened until then is not told again. */
  before?: Shown;
  json?: boolean;
}

/** Shows a lifecycle until the goal, says how it ended and how to go on; answers the exit code. */
export async function followToEnd(api: Api, id: string, io: Io, { goal, after, before, json }: FollowArgs): Promise<number> {
  const { life, outcome } = await follow(api, id, io, json ? silentView : progressView(io, before), goal, after).catch(goesOn(id, io));
  const addresses = { api: life.links?.facade ?? life.links?.self ?? '', temporal: life.links?.temporal };
  if (json) printJson(io, life);
  else print(io, endText(life, outcome, addresses, paperOf(io), before));
  return outcome.exit;
}

/** Ctrl-C ends the looking, and says how to look again. */
export const goesOn = (id: string, io: Io) => (error: unknown): never => {
  if (!(error instanceof Failure) || error.detail.exit !== EXIT.interrupted) throw error;
  const look = `${commandName(io.env)} watch ${shortId(id)}`;
  throw new Failure({ ...error.detail, message: `no longer looking; ${shortId(id)} goes on`, fix: `\`${look}\` shows it again` });
};

const TAKEN_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** Id of the cluster that an order led to; throws {@link Failure} with the order's own problem when it was refused. */
export async function arrival(api: Api, queue: string, { signal }: Io): Promise<string> {
  const deadline = Date.now() + TAKEN_WITHIN_MS;
  for (;;) {
    const { status, body, location } = await readQueue(api, queue);
    if (status === 303) return clusterAt(location ?? body.url ?? '');
    if (body.status === 'error') throw refused(body);
    if (Date.now() > deadline) throw notTaken(api.base + queue);
    await rest(signal, LOOK_EVERY_MS);
  }
}

const clusterAt = (url: string): string => clusterIdOf(decodeURIComponent(pathOf(url)).replace(/^.*\/clusters\//, ''));

const refused = ({ message = 'the order was refused', fix, code, field }: QueueEntry): Failure =>
  new Failure({ exit: code?.endsWith('not_found') ? EXIT.notFound : EXIT.error, message, fix, code, field });

const notTaken = (url: string): Failure =>
  new Failure({
    exit: EXIT.error, code: 'not_taken', message: `nobody took the order within ${TAKEN_WITHIN_MS / 1000} s; it stays in the queue`,
    fix: `see with \`grid status\` whether a worker runs; the order is ${url}`,
  });
