import type { HttpBindings } from '@hono/node-server';
import type { Next } from 'hono';
import { EVERYBODY, type Caller } from '../../model/access';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { openTokens, tokenIn, unauthorized } from '../../process/tokens';
import { OPEN } from '../http/endpoint';
import type { Ctx } from '../http/grid';
import { openLimit, type Rate } from './limit';

export interface Rates {
  /** Of one caller; scripts ask for each node of a cluster. */
  calls: Rate;
  /** Of one address, without a token that is good. */
  failures: Rate;
}

const RATES: Rates = { calls: { perSecond: 100, atOnce: 500 }, failures: { perSecond: 1, atOnce: 20 } };

/**
 * Says who asks, for all that follows: with a file of tokens whoever has one of them, else everybody.
 * @throws Problem 401 without a token that is good, 429 for too many calls
 */
export function authenticate(path: string | undefined, rates = RATES): (c: Ctx, next: Next) => Promise<void> {
  const tokens = path === undefined ? undefined : openTokens(path);
  const [calls, failures] = [openLimit(rates.calls), openLimit(rates.failures)];
  const callerOf = (c: Ctx): Caller => {
    try {
      return tokens!.callerOf(tokenIn((name) => c.req.header(name)) ?? raise(unauthorized('no token was sent')));
    } catch (error) {
      c.header('WWW-Authenticate', 'Bearer realm="grid"');
      if (!failures.take(addressOf(c))) raise(tooMany('too many calls without a token that is good'));
      throw error;
    }
  };
  return async (c, next) => {
    if (!tokens || OPEN.test(c.req.path)) c.set('caller', EVERYBODY);
    else {
      const caller = callerOf(c);
      c.set('caller', caller);
      if (!calls.take(caller.name)) raise(tooMany('too many calls'));
    }
    await next();
  };
}

const tooMany = (message: string) => problem(429, 'too_many_calls', message, 'Wait a second; ask for lists instead of each thing.');

/** Where a call comes from, as the connection has it: what headers say of it anybody can write. */
export const addressOf = (c: Ctx): string => (c.env as Partial<HttpBindings> | undefined)?.incoming?.socket.remoteAddress ?? 'unknown';
