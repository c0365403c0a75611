import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import type { Role } from '../../model/access';
import { createToken } from '../../cli/tokens_file';
import { eventually, makeNamespace, raw, startApi, type ApiUnderTest } from '../api/support/api_under_test';
import { startControlWorker, type ControlWorker } from '../api/support/control_worker';
import { forgetPictures, lookAt, startBrowser, WELL, type Browser } from '../support/browser';
import { ask } from '../support/http';
import { describeNeeding } from '../support/parts';
import { idle } from '../support/product';

const PAAS = '/bigdata/api/v1';
const dir = mkdtempSync(join(tmpdir(), 'grid-pages-'));
const tokens = join(dir, 'tokens.json');
const make = (name: string, role: Role, owner: string) => createToken(tokens, { name, role, owner }).token;
const TOKENS = { root: make('root', 'admin', 'root'), alice: make('alice', 'operate', 'alice'), bob: make('bob', 'operate', 'bob'), reader: make('reader', 'read', 'alice') };
type Who = keyof typeof TOKENS;
/** What the script of the product waits for. */
const mended = join(dir, 'mended');

/** A cluster whose configuration fails until somebody has mended what is missing. */
const SCRIPT = `#!/bin/sh\n[ "$1" = start ] || exit 0\necho "looking for <b>the key</b>"\n[ -e ${mended} ] || { echo "the key is not there" >&2; exit 3; }\n`;

describeNeeding(['chromium'], 'in a real browser', () => {
  let grid: ApiUnderTest;
  let worker: ControlWorker;
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const as = (who: Who, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => ask(grid, method, path, body, { authorization: `Bearer ${TOKENS[who]}`, ...headers });

  beforeAll(async () => {
    const plenty = { perSecond: 10_000, atOnce: 10_000 };
    grid = await startApi({ tokens, rates: { calls: plenty, failures: plenty } });
    await makeNamespace(grid);
    worker = await startControlWorker(grid);
    await worker.defineHost();
    await worker.definePlanners();
    await as('root', 'POST', `${PAAS}/products`, { name: 'keyed', version: '1', description: 'made by a test' });
    await as('root', 'PUT', `${PAAS}/products/keyed/1/template`, idle(2));
    expect((await as('root', 'PUT', `${PAAS}/products/keyed/1/orquestrator`, SCRIPT, { 'content-type': 'text/plain' })).status).toBe(204);
    browser = await startBrowser();
  }, 240_000);
  afterAll(async () => {
    await browser.end();
    await worker.end();
    await grid.end();
    forgetPictures();
    rmSync(dir, { recursive: true, force: true });
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((one) => one.close()));
  });

  /** A person who has logged in, and what his browser complained of. */
  async function person(who: Who, options: Parameters<Browser['context']>[0] = {}): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.context(options);
    contexts.push(context);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${grid.api}/`);
    await logIn(page, TOKENS[who]);
    // Asked without a token, it answers 401, which browsers call an error.
    complaints.length = 0;
    return { page, complaints };
  }

  async function logIn(page: Page, token: string): Promise<void> {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  const launch = async (who: Who): Promise<string> => {
    const { status, body } = await as(who, 'POST', `${PAAS}/products/keyed/1`, {});
    expect(status).toBe(202);
    const order = await eventually(() => as(who, 'GET', `/api/v1/lifecycles/launch/${body.url.split('/').at(-1)}`), ({ body: { cluster } }) => typeof cluster === 'string');
    return order.body.cluster as string;
  };

  test('whoever has no token gets no further than the way to log in, and back to where he wanted to be', async () => {
    const context = await browser.context();
    contexts.push(context);
    const page = await context.newPage();
    const answer = await page.goto(`${grid.api}/ui/lifecycles/compute/host`);
    expect(answer!.status()).toBe(401);
    expect(await page.getByRole('main').textContent()).not.toContain('compute/host');
    expect(await lookAt(page, 'login')).toEqual(WELL);
    await logIn(page, 'grid_nobody-has-this-one');
    await page.getByText('the token is not known').waitFor();
    await page.goto(`${grid.api}/ui/lifecycles/compute/host`);
    await logIn(page, TOKENS.reader);
    await page.getByRole('heading', { name: 'compute/host' }).waitFor();
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ name: 'grid_session', httpOnly: true, sameSite: 'Strict', path: '/' });
    expect(cookie!.value).not.toContain(TOKENS.reader);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await context.cookies()).toEqual([]);
  });

  test('a cluster that is stuck comes first, says why, and is brought to its end from the page, all of it seen as it happens', async () => {
    const { page, complaints } = await person('alice');
    await page.getByText('Nothing: all goes by itself.').waitFor();
    const id = await launch('alice');
    await page.locator('#waiting').getByRole('link', { name: id }).waitFor();
    await page.locator('#waiting').getByText('Blocked').waitFor();
    expect(await lookAt(page, 'overview')).toEqual(WELL);

    await page.locator('#waiting').getByRole('link', { name: id }).click();
    await page.getByRole('heading', { name: /^configure is blocked after attempt 1/ }).waitFor();
    // What a script prints is text, whatever it looks like.
    await page.locator('#blocked pre').getByText('the key is not there').waitFor();
    await page.locator('#blocked pre').getByText('<b>the key</b>').waitFor();
    expect(await page.locator('.states [aria-current=step]').textContent()).toBe('configuring');
    const buttons = page.getByRole('list', { name: 'What can be done' }).getByRole('link');
    expect(await buttons.allTextContents()).toEqual(['retry', 'skip', 'pause', 'abort', 'repair', 'destroy']);
    for (const button of await buttons.all()) await button.click({ trial: true });
    expect(await page.getByRole('link', { name: /^run / }).getAttribute('href')).toMatch(/^http:\/\/ui\.example:8233\/namespaces\/.+\/workflows\/cluster%2Falice%2Fkeyed%2F1%2F1\/[0-9a-f-]{36}\/history$/);
    expect(await lookAt(page, 'blocked')).toEqual(WELL);

    writeFileSync(mended, '');
    await page.getByRole('link', { name: 'retry', exact: true }).click();
    await page.getByText('The step is configure, blocked after attempt 1.').waitFor();
    expect(await lookAt(page, 'retry')).toEqual(WELL);
    await page.getByLabel(/^Reason/).fill('the key is back');
    await page.getByRole('button', { name: 'retry' }).click();
    await page.locator('.states [aria-current=step]', { hasText: 'ready' }).waitFor();
    await page.locator('#timeline').getByText(/the key is back/).first().waitFor();
    expect(await lookAt(page, 'ready')).toEqual(WELL);

    await page.getByRole('link', { name: 'destroy', exact: true }).click();
    await page.getByRole('heading', { name: 'Plan: 2 to be removed' }).waitFor();
    expect(await lookAt(page, 'destroy')).toEqual(WELL);
    await page.getByRole('button', { name: 'destroy' }).click();
    await page.locator('.states [aria-current=step]', { hasText: 'destroyed' }).waitFor();
    expect(complaints).toEqual([]);
    expect(existsSync(mended)).toBe(true);
  }, 240_000);

  test('it is read, and steered, without scripts and with the keyboard alone', async () => {
    writeFileSync(mended, '');
    const id = await launch('alice');
    await eventually(() => as('alice', 'GET', `/api/v1/lifecycles/${id}`), ({ body }) => body.state === 'ready' && body.operation === null, 60_000);
    const { page } = await person('alice', { javaScriptEnabled: false });
    await page.goto(`${grid.api}/ui/lifecycles/${id}`);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
    await page.getByRole('link', { name: 'pause', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'pause' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Paused').first().waitFor();
    await page.getByRole('link', { name: 'resume', exact: true }).waitFor();
    await as('alice', 'POST', `/api/v1/lifecycles/${id}/destroy`, {});
  }, 120_000);

  test('others see nothing of it, and a reader finds no buttons', async () => {
    writeFileSync(mended, '');
    const id = await launch('alice');
    const { page: bobs } = await person('bob');
    expect(await bobs.getByRole('main').textContent()).not.toContain('alice');
    expect((await bobs.goto(`${grid.api}/ui/lifecycles/${id}`))!.status()).toBe(404);
    expect((await bobs.goto(`${grid.api}/ui/do/destroy/${id}`))!.status()).toBe(404);
    await bobs.goto(`${grid.api}/ui/lifecycles/compute/host`);
    expect(await bobs.getByRole('main').textContent()).not.toContain('alice');
    const { page: readers } = await person('reader');
    await readers.goto(`${grid.api}/ui/lifecycles/${id}`);
    expect(await readers.getByRole('list', { name: 'What can be done' }).count()).toBe(0);
    expect((await readers.goto(`${grid.api}/ui/do/destroy/${id}`))!.status()).toBe(403);
    await as('alice', 'POST', `/api/v1/lifecycles/${id}/destroy`, {});
  }, 120_000);

  test('a session commands only from pages of ours', async () => {
    const cookie = (await raw(grid.api, 'POST', '/ui/login', { 'content-type': 'application/x-www-form-urlencoded' }, `token=${TOKENS.root}`)).headers['set-cookie']![0]!.split(';')[0]!;
    const send = (headers: Record<string, string>) => raw(grid.api, 'POST', '/ui/do/pause/compute/none', { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers }, 'key=1');
    expect((await send({})).status).toBe(401);
    expect((await send({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await send({ origin: 'null' })).status).toBe(403);
    expect((await send({ origin: grid.api })).status).toBe(404);
    expect((await raw(grid.api, 'POST', '/ui/login', { 'content-type': 'application/x-www-form-urlencoded' }, `token=${TOKENS.root}&to=//evil.example`)).status).toBe(400);
  });
});
