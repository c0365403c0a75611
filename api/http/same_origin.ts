import { isIP } from 'node:net';
import type { Next } from 'hono';
import { problem } from '../../model/errors';
import { isUiDecoding } from '../codec/let_ui_decode';
import type { ApiConfig, Ctx } from './grid';
import { problemResponse } from './problem_response';

export const READING = ['GET', 'HEAD', 'OPTIONS'];

/**
 * No page of another site may make a visitor's browser command the grid: browsers say where a command comes from, and
 * that must be us, under an address that cannot be pointed at us by somebody's DNS. Other clients send no Origin.
 */
export const sameOrigin = (config: ApiConfig) => async (c: Ctx, next: Next): Promise<Response | void> => {
  const origin = c.req.header('origin');
  if (READING.includes(c.req.method) || origin === undefined || isOurs(config, origin, new URL(c.req.url)) || isUiDecoding(config, c)) return next();
  return problemResponse(
    c,
    problem(403, 'foreign_origin', 'commands from pages of other sites are not taken', 'Use the command line, or a page that this server serves.', { error: 'forbidden' }),
  );
};

/** A name that is pointed at us gets none of our sessions: only where nobody has to show a token it has to be one that nobody else can give. */
function isOurs({ tokens }: ApiConfig, origin: string, asked: URL): boolean {
  if (!URL.canParse(origin)) return false;
  const { host, hostname } = new URL(origin);
  return host === asked.host && (tokens !== undefined || hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0);
}
