import { z } from '@hono/zod-openapi';
import { isProblem } from '../../model/errors';
import { parseOptions } from '../../model/options';
import { raise } from '../../model/raise';
import { jsonBody } from '../http/answers';
import { readJson } from '../http/body';
import { MAX_OPTIONS_BYTES } from './launch_options';
import { productPart } from './product_parts';

const values = z.record(z.string(), z.unknown());
const schema = z.object({ required: values, optional: values, advanced: values, descriptions: z.record(z.string(), z.string()) });

/** P-7, P-8: the order form. The content type does not matter, as in the original. */
export const options = productPart({
  name: 'options', about: 'Options', schema, body: jsonBody(schema.partial()), update: 'put_options',
  view: (product) => product.options,
  read: async (c) => {
    const parsed = parseOptions(await readJson(c, { schema: z.unknown(), lenient: true, limitBytes: MAX_OPTIONS_BYTES }));
    return isProblem(parsed) ? raise(parsed) : { options: parsed };
  },
});
