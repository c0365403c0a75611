import { z } from '@hono/zod-openapi';

/** Shown by pages as an image or a link, so nothing that a browser would run. */
export const logoUrl = z
  .string()
  .max(2_000)
  .regex(/^$|^https?:\/\/\S+$|^\/(?!\/)\S*$/, 'wanted is an http(s) URL, a path that begins with "/", or nothing');
