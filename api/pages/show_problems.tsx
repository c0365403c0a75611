import type { Next } from 'hono';
import { getCookie } from 'hono/cookie';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Problem } from '../../model/errors';
import { SESSION_COOKIE } from '../access/authenticate';
import type { Ctx } from '../http/grid';
import { loginView } from './login';
import { answerPage, type View } from './page';
import { Help } from './parts';

const PAGE = /^\/(ui(\/.*)?|docs)?$/;

/** A browser that asks for a page gets what is wrong as a page, and a way to log in where that is what is missing. */
export async function showProblems(c: Ctx, next: Next): Promise<void> {
  await next();
  if (!/^application\/problem\+json/.test(c.res.headers.get('content-type') ?? '') || !PAGE.test(c.req.path) || !/\btext\/html\b/.test(c.req.header('accept') ?? '')) return;
  const { status } = c.res;
  const said = (await c.res.json()) as Said;
  const view = status === 401 ? loginPage(c, said) : problemView(c, said);
  c.res = await answerPage(c, { ...view, status: status as ContentfulStatusCode }, undefined);
}

type Said = Pick<Problem, 'code' | 'fix'> & { detail: string };

/** Whoever comes without anything is told nothing but where to begin. */
function loginPage(c: Ctx, { detail }: Said): View {
  const came = c.req.method === 'POST' || getCookie(c, SESSION_COOKIE) !== undefined;
  return loginView(c.req.method === 'GET' ? wayBack(c) : '/', came ? detail : undefined);
}

const wayBack = (c: Ctx): string => c.req.path + new URL(c.req.url).search;

const problemView = (c: Ctx, { code, detail, fix }: Said): View => ({
  title: 'It was not done',
  body: (
    <>
      <h1>{c.req.method === 'GET' ? 'It cannot be shown' : 'It was not done'}</h1>
      <p class="notice">{detail}</p>
      <p>{fix}<Help code={code} /></p>
      <p class="none"><code>{code}</code></p>
      <p>{c.req.method === 'GET' ? <a href="/">Overview</a> : <a href={c.req.path}>Look at it again</a>}</p>
    </>
  ),
});
