import { isIP } from 'node:net';
import type { Context, Next } from 'hono';
import { problem } from '../../model/errors';
import { problemResponse } from './answer_error';

/**
 * No page of another site may make a visitor's browser define or start anything, be it by the address of a picture:
 * GET acts here. Browsers say where a request comes from, and that must be us, under an address that nobody's DNS can
 * point at us. Other clients say nothing of the kind.
 */
export async function refuseForeignPages(c: Context, next: Next): Promise<Response | void> {
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  if (origin === undefined && site === undefined) return next();
  const { host, hostname } = new URL(c.req.url);
  const isOurs = (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) && (site === undefined || ['same-origin', 'none'].includes(site));
  if (isOurs && (hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0)) return next();
  return problemResponse(c, problem(403, 'foreign_origin', 'requests from pages of other sites are not taken', 'Use the command line.', { error: 'forbidden' }));
}
