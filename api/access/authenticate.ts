import type { HttpBindings } from '@hono/node-server';
import type { Next } from 'hono';
import { getCookie } from 'hono/cookie';
import { EVERYBODY } from '../../model/access';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { openTokens, tokenIn, unauthorized } from '../../process/tokens';
import { OPEN } from '../http/endpoint';
import type { Ctx } from '../http/grid';
import { READING } from '../http/same_origin';
import { openLimit, type Rate } from './limit';

export interface Rates {
  /** Of one caller; scripts ask for each node of a cluster. */
  calls: Rate;
  /** Of one address, without a token that is good. */
  failures: Rate;
}

const RATES: Rates = { calls: { perSecond: 100, atOnce: 500 }, failures: { perSecond: 1, atOnce: 20 } };

/** Who is let in: with a file of tokens whoever has one of them, else everybody. */
export interface Gate {
  /**
   * Says who asks, for all that follows.
   * @throws Problem 401 without a token that is good, 429 for too many calls
   */
  authenticate: (c: Ctx, next: Next) => Promise<void>;
  /**
   * What a browser keeps in place of a token; none where everybody is let in.
   * @throws Problem 401 for one that is not good, 429
   */
  sessionOf?: (c: Ctx, token: string) => string;
}

/** A working day: whoever looks at the page longer logs in again. */
export const SESSION_MS = 12 * 3_600_000;
export const SESSION_COOKIE = 'grid_session';

export function openGate(path: string | undefined, rates = RATES): Gate {
  const tokens = path === undefined ? undefined : openTokens(path);
  const [calls, failures] = [openLimit(rates.calls), openLimit(rates.failures)];
  const limited = <T>(c: Ctx, look: () => T): T => {
    try {
      return look();
    } catch (error) {
      c.header('WWW-Authenticate', 'Bearer realm="grid"');
      if (!failures.take(addressOf(c))) raise(tooMany('too many calls without a token that is good'));
      throw error;
    }
  };
  return {
    async authenticate(c, next) {
      if (!tokens || OPEN.test(c.req.path)) c.set('caller', EVERYBODY);
      else {
        const caller = limited(c, () => tokens.callerOf(tokenIn((name) => c.req.header(name)) ?? sessionIn(c) ?? raise(unauthorized('no token was sent'))));
        c.set('caller', caller);
        if (!calls.take(caller.name)) raise(tooMany('too many calls'));
      }
      await next();
    },
    ...(tokens ? { sessionOf: (c: Ctx, token: string) => limited(c, () => tokens.sessionOf(token, SESSION_MS)) } : {}),
  };
}

/**
 * A browser sends it with whatever a page makes it ask, so a command counts only where the browser says which page that
 * is; `sameOrigin` sees that it is ours.
 */
function sessionIn(c: Ctx): string | undefined {
  const isSafe = READING.includes(c.req.method) || c.req.header('origin') !== undefined;
  return isSafe ? getCookie(c, SESSION_COOKIE) : undefined;
}

const tooMany = (message: string) => problem(429, 'too_many_calls', message, 'Wait a second; ask for lists instead of each thing.');

/** Where a call comes from, as the connection has it: what headers say of it anybody can write. */
export const addressOf = (c: Ctx): string => (c.env as Partial<HttpBindings> | undefined)?.incoming?.socket.remoteAddress ?? 'unknown';
