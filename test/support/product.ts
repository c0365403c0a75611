import type { TestGrid } from './grid';
import { ask } from './http';

const PAAS = '/bigdata/api/v1';

export interface ProductParts {
  /** Text of the template, or the value it yields. */
  template?: string | object;
  templateType?: 'application/json' | 'application/yaml';
  options?: object;
  script?: string;
}

/** Puts a product as a user of the seed does, one part after the other; answers `<name>/1`. */
export async function putProduct(grid: Pick<TestGrid, 'api'>, name: string, { template, templateType = 'application/json', options, script }: ProductParts): Promise<string> {
  await put(grid, 'POST', '', { name, version: '1', description: 'made by a test' }, 'application/json');
  if (template !== undefined) await put(grid, 'PUT', `/${name}/1/template`, template, templateType);
  if (options !== undefined) await put(grid, 'PUT', `/${name}/1/options`, options, 'application/json');
  if (script !== undefined) await put(grid, 'PUT', `/${name}/1/orquestrator`, script, 'text/plain');
  return `${name}/1`;
}

async function put(grid: Pick<TestGrid, 'api'>, method: string, path: string, body: string | object, type: string): Promise<void> {
  const answer = await ask(grid, method, `${PAAS}/products${path}`, body, { 'content-type': type });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** A node that asks for little and idles. */
export const idleNode = (more: object = {}) => ({ cpu: 0.1, mem: 16, command: ['sleep', '1000'], ...more });

/** What a template of idle nodes yields: `n0` … with one role `r` on all of them. */
export const idle = (nodes = 1, more: object = {}) => ({
  nodes: Object.fromEntries(Array.from({ length: nodes }, (_, i) => [`n${i}`, idleNode({ services: ['r'] })])),
  services: { r: {} },
  ...more,
});
