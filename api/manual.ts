import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { raw } from 'hono/html';
import MarkdownIt from 'markdown-it';
import { projectRoot } from '../config';
import { raise } from '../model/raise';
import { nothingAt, routerPath } from './http/endpoint';
import type { Env } from './http/grid';
import { answerPage } from './pages/page';

const DOCS = join(projectRoot(), 'docs');

export const MANUAL = [{ method: 'get' as const, path: '/docs/{page+}' }];

/** The manual of this very release, for those whom its reasons send there, also where nothing else can be reached. */
export function serveManual(app: Hono<Env>, hasTokens: boolean): void {
  const files = filesIn(DOCS);
  app.get(routerPath(MANUAL[0]!.path), (c) => {
    const file = c.req.param('page') ?? '';
    if (!files.has(file)) raise(nothingAt(c.req.path));
    if (file.endsWith('.png')) return c.body(new Uint8Array(readFileSync(join(DOCS, file))), 200, { 'Content-Type': 'image/png' });
    const text = readFileSync(join(DOCS, file), 'utf8');
    c.header('Vary', 'Accept');
    // Browsers get a page; whoever takes anything gets the text as it is.
    if (!c.req.header('accept')?.includes('text/html')) return c.body(text, 200, { 'Content-Type': 'text/markdown; charset=utf-8' });
    const title = /^# (.+)$/m.exec(text)?.[1] ?? 'The manual';
    return answerPage(c, { title, body: raw(markdown.render(text)) }, hasTokens ? c.get('caller') : undefined);
  });
}

/** Only what is there can be asked for, whatever a path says. */
const filesIn = (directory: string): Set<string> =>
  new Set(existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(md|png)$/.test(name)) : []);

const markdown = new MarkdownIt({ html: false });
const heading = /^h[1-6]$/;

markdown.core.ruler.push('anchors', ({ tokens }) => {
  tokens.forEach((token, i) => {
    if (token.type === 'heading_open' && heading.test(token.tag)) token.attrSet('id', anchorOf(tokens[i + 1]!.content));
  });
});

/** The anchor of a heading, as it is on every page that shows Markdown: the words in small letters, with "-" between. */
export const anchorOf = (title: string): string => title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-');
