import { OpenAPIHono } from '@hono/zod-openapi';
import type { Hono } from 'hono';
import { documented, type Endpoint } from './http/endpoint';
import type { Env } from './http/grid';
import { apiView } from './pages/api';
import { answerPage } from './pages/page';

const ABOUT = { title: 'Service Grid', version: '1', description: 'Launches services and clusters and keeps them true.' };

export const DOCS = (['/openapi.json', '/docs'] as const).map((path) => ({ method: 'get' as const, path }));

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

/** Serves what the API is: for programs, and for people. */
export function serveDocs(app: Hono<Env>, endpoints: Endpoint[], hasTokens: boolean): void {
  let document: object | undefined;
  app.get('/openapi.json', (c) => c.json((document ??= openApiDocument(endpoints))));
  app.get('/docs', (c) => answerPage(c, apiView(endpoints), hasTokens ? c.get('caller') : undefined));
}
