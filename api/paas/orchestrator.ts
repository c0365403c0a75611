import { z } from '@hono/zod-openapi';
import { textBody } from '../http/answers';
import { readText } from '../http/body';
import { productPart } from './product_parts';

/** P-9: the orchestrator script, one resource under the seed's spelling and the later one. */
const spelt = (name: string) =>
  productPart({
    name, about: 'Orchestrator script', schema: z.string(), body: textBody('*/*'), update: 'put_script',
    view: (product) => product.script,
    read: async (c) => ({ script: await readText(c) }),
  });

export const orchestrator = [...spelt('orquestrator'), ...spelt('orchestrator')];
