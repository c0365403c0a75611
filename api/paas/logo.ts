import { z } from '@hono/zod-openapi';
import { jsonBody } from '../http/answers';
import { readJson } from '../http/body';
import { logoUrl } from './logo_url';
import { productPart } from './product_parts';

const schema = z.object({ logo_url: logoUrl });

/** P-10. */
export const logo = productPart({
  name: 'logo_url', about: 'Logo', schema, body: jsonBody(schema), update: 'put_logo',
  view: (product) => ({ logo_url: product.logoUrl }),
  read: async (c) => ({ logoUrl: (await readJson(c, { schema, lenient: true })).logo_url }),
});
