import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hono } from 'hono';
import type { Env } from '../../http/grid';

const TYPES: Record<string, string> = { 'page.css': 'text/css; charset=utf-8', 'live.js': 'text/javascript; charset=utf-8', 'icon.svg': 'image/svg+xml' };

export const ASSETS = Object.keys(TYPES).map((name) => ({ method: 'get' as const, path: `/ui/${name}` }));

/** What pages load: all of it from here, each under its own name, none with anything of anybody in it. A built API has them beside it. */
export function serveAssets(app: Hono<Env>): void {
  for (const [name, type] of Object.entries(TYPES)) {
    const content = readFileSync(join(__dirname, name), 'utf8');
    app.get(`/ui/${name}`, (c) => c.body(content, 200, { 'Content-Type': type, 'Cache-Control': 'no-cache' }));
  }
}
