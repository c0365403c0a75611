import { cors } from 'hono/cors';
import type { ApiConfig, Ctx } from '../http/grid';

const CODEC = /^\/codec\/(decode|encode)$/;

/** It changes nothing, whatever role it wants, and Temporal's UI asks for everything that it shows. */
export const isCodec = (c: Ctx): boolean => CODEC.test(c.req.path);

/** Whether this comes from a page of Temporal's UI, the only pages of another site that may ask something here. */
export const isUiDecoding = ({ temporal: { uiUrl } }: ApiConfig, c: Ctx): boolean =>
  uiUrl !== undefined && isCodec(c) && c.req.header('origin') === new URL(uiUrl).origin;

/** Browsers ask first, without a token, whether that page may. */
export function letUiDecode(config: ApiConfig): ReturnType<typeof cors> {
  const headers = cors({
    origin: (_origin, c) => (isUiDecoding(config, c as Ctx) ? new URL(config.temporal.uiUrl!).origin : undefined),
    allowMethods: ['POST'], allowHeaders: ['content-type', 'authorization', 'x-auth-token', 'x-namespace'], maxAge: 600,
  });
  return (c, next) => (isUiDecoding(config, c as Ctx) ? headers(c, next) : next());
}
