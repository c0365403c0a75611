import type { Hono } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { SESSION_COOKIE, SESSION_MS, type Gate } from '../access/authenticate';
import type { Ctx, Env } from '../http/grid';
import { readForm } from './form';
import { answerPage, type View } from './page';

export const LOGIN = [{ method: 'get', path: '/ui/login' }, { method: 'post', path: '/ui/login' }, { method: 'post', path: '/ui/logout' }] as const;

/** Where a browser gets a session for a token, and gives it back. */
export function serveLogin(app: Hono<Env>, { sessionOf }: Gate): void {
  app.get('/ui/login', (c) => answerPage(c, loginView('/'), undefined));
  app.post('/ui/login', async (c) => {
    const { token = '', to = '/' } = await readForm(c);
    if (!sessionOf) return c.redirect('/', 303);
    setCookie(c, SESSION_COOKIE, sessionOf(c, token), { ...COOKIE, secure: isSecure(c), maxAge: SESSION_MS / 1_000 });
    return c.redirect(isPath(to) ? to : raise(elsewhere()), 303);
  });
  app.post('/ui/logout', (c) => {
    deleteCookie(c, SESSION_COOKIE, { ...COOKIE, secure: isSecure(c) });
    return c.redirect('/', 303);
  });
}

/** No script can read it, and no page of another site has it sent along. */
const COOKIE = { path: '/', httpOnly: true, sameSite: 'Strict' } as const;

/** Over HTTPS, be it up to whoever stands before us. */
const isSecure = (c: Ctx): boolean => new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https';

/** A path of ours: browsers take `//host` and `/\host` for another site. */
const isPath = (to: string): boolean => /^\/(?![/\\])[\x21-\x7e]*$/.test(to);

const elsewhere = () => problem(400, 'invalid_body', 'to: it leads to another site', 'Begin at the page itself.', { field: 'to' });

/** @param to where to go then @param why what was wrong with the last one */
export const loginView = (to: string, why?: string): View => ({
  title: 'Log in',
  body: (
    <>
      <h1>Log in</h1>
      {why ? <p class="notice">{why}</p> : null}
      <form method="post" action="/ui/login" class="command">
        <input type="hidden" name="to" value={to} />
        <label>Token <input name="token" type="password" autocomplete="current-password" required /></label>
        <p><button type="submit" class="button">Log in</button></p>
        <p class="none">An admin of the grid makes one with <code>grid token create</code>.</p>
      </form>
    </>
  ),
});
