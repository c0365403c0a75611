import { ask } from '../../support/http';
import type { ApiUnderTest } from './api_under_test';

const PRODUCTS = '/bigdata/api/v1/products';

export interface TestProduct {
  name: string;
  options?: object;
  script?: string;
  /** Nodes of this many, or as a Jinja2 expression. */
  size?: string;
}

/** A product whose nodes idle: `size` of them with 16 MiB each, one role on all. */
export async function putProduct(grid: ApiUnderTest, { name, options = { required: { size: 1 } }, script, size = 'opts["size"]' }: TestProduct): Promise<string> {
  const product = `${PRODUCTS}/${name}/1.0`;
  await ask(grid, 'POST', PRODUCTS, { name, version: '1.0', description: 'made by a test' });
  const template = `{"nodes": {{% for i in range(0, ${size}) %}{% if i %},{% endif %}
    "n{{ i }}": {"cpu": 0.1, "mem": 16, "command": ["sh", "-c", "echo hello from n{{ i }}; sleep 1000"], "services": ["r"]}{% endfor %}},
    "services": {"r": {"heap": 64}}}`.replace('{{%', '{ {%').replace('%}}', '%} }');
  const answers = [
    await ask(grid, 'PUT', `${product}/template`, template),
    await ask(grid, 'PUT', `${product}/options`, options),
    ...(script === undefined ? [] : [await ask(grid, 'PUT', `${product}/orquestrator`, script)]),
  ];
  const refused = answers.find(({ status }) => status !== 204);
  if (refused) throw new Error(`${refused.status} ${JSON.stringify(refused.body)}`);
  return product;
}
