import { z } from '@hono/zod-openapi';
import { problem } from '../../model/errors';
import type { TemplateType } from '../../model/product';
import { raise } from '../../model/raise';
import { textBody } from '../http/answers';
import { readText } from '../http/body';
import type { Ctx } from '../http/grid';
import { productPart } from './product_parts';

const MAX_TEMPLATE_BYTES = 256 * 1024;

const TYPES: Record<string, TemplateType> = { 'application/json': 'json+jinja2', 'application/yaml': 'yaml+jinja2' };

/** P-5, P-6: the Jinja2 template; the content type says what it yields. A worker parses it before it is taken. */
export const template = productPart({
  name: 'template', about: 'Template', schema: z.string(), body: textBody(...Object.keys(TYPES)), update: 'put_template',
  view: (product) => product.template,
  read: async (c) => ({ templateType: templateTypeOf(c), template: await readText(c, MAX_TEMPLATE_BYTES) }),
});

function templateTypeOf(c: Ctx): TemplateType {
  const type = c.req.header('content-type') ?? 'none';
  return TYPES[type.split(';')[0]!.trim().toLowerCase()] ?? raise(wrongType(type));
}

const wrongType = (type: string) =>
  problem(415, 'wrong_content_type', `the content type is ${type.slice(0, 100)}, wanted is ${Object.keys(TYPES).join(' or ')}`, 'Send the Content-Type of what the template yields.');
