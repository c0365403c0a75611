import { OpenAPIHono } from '@hono/zod-openapi';
import type { Hono } from 'hono';
import { html } from 'hono/html';
import { documented, documentPath, type Endpoint } from './http/endpoint';
import type { Env } from './http/grid';

const ABOUT = { title: 'Service Grid', version: '1', description: 'Launches services and clusters and keeps them true.' };

export const PAGES = (['/openapi.json', '/docs', '/'] as const).map((path) => ({ method: 'get' as const, path }));

/** What the API is, for programs; the document in the tree is made of it (`npm run openapi`). */
export function openApiDocument(endpoints: readonly Endpoint[]) {
  const described = new OpenAPIHono();
  const { openAPIRegistry: registry } = described;
  for (const one of endpoints) registry.registerPath(documented(one));
  const tokens = [
    registry.registerComponent('securitySchemes', 'header', { type: 'apiKey', in: 'header', name: 'x-auth-token' }),
    registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' }),
  ];
  return described.getOpenAPI31Document({ openapi: '3.1.0', info: ABOUT, security: tokens.map(({ name }) => ({ [name]: [] })) });
}

/** Serves what the API is: for programs, for people, and where to begin. */
export function serveDocs(app: Hono<Env>, endpoints: Endpoint[]): void {
  let document: object | undefined;
  app.get('/openapi.json', (c) => c.json((document ??= openApiDocument(endpoints))));
  app.get('/docs', (c) => c.html(page('The API of Service Grid', sections(endpoints))));
  app.get('/', (c) => c.html(page('Service Grid', pointers)));
}

const pointers = html`<ul>
  <li><a href="/docs">The API</a>, and its <a href="/openapi.json">OpenAPI document</a></li>
  <li><a href="/bigdata/api/v1/clusters">Clusters</a> and <a href="/bigdata/api/v1/products">products</a></li>
  <li><a href="/services/_list">Services</a>, <a href="/agents/_list">agents</a> and <a href="/services/orchestrator/">what differs from the plan</a></li>
  <li><a href="/api/v1/lifecycles">Lifecycles</a>, <a href="/api/v1/computes">computes</a> and <a href="/api/v1/machines">machines</a></li>
  <li>The grid's own <a href="/api/v1/members">processes</a></li>
  <li>Is it <a href="/healthz">alive</a>? Is it <a href="/readyz">ready</a>?</li>
</ul>`;

function sections(endpoints: Endpoint[]) {
  const tags = [...new Set(endpoints.map(({ tag }) => tag))];
  return tags.map((tag) => html`<h2>${tag}</h2><table>${endpoints.filter((e) => e.tag === tag).map(row)}</table>`);
}

const row = ({ method, path, summary, answers }: Endpoint) => html`<tr>
  <td><code>${method.toUpperCase()}</code></td><td><code>${documentPath(path)}</code></td><td>${summary}</td><td>${Object.keys(answers).join(' ')}</td>
</tr>`;

/** Loads nothing from anywhere. */
const page = (title: string, body: unknown) => html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>${title}</title><style>body { font-family: sans-serif; margin: 2rem } td { padding: .2rem .8rem .2rem 0 }</style></head>
  <body><h1>${title}</h1>${body}</body>
</html>`;
