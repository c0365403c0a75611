import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import type { Role } from '../../model/access';
import { createToken } from '../../cli/tokens_file';
import { eventually, raw } from '../api/support/api_under_test';
import { lookAt, startBrowser, WELL, type Browser } from '../support/browser';
import { addTemplate, ays, inModel, order } from '../support/environment';
import { startGrid, type TestGrid } from '../support/grid';
import { ask, read, until, untilConfirmed } from '../support/http';
import { describeNeeding } from '../support/parts';
import { idle, putProduct } from '../support/product';
import { agentUri, install, instanceUri, post, serviceUri, untilPath } from '../support/services';

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

/** As many nodes as `size` says; of the other options each kind of field has one. */
const SIZED = {
  template: `{"nodes": { {%- for n in range(0, opts['size']) %}{{ "," if n else "" }}"n{{ n }}": {"cpu": 0.1, "mem": 16, "command": ["sleep", "1000"], "services": ["r"]}{% endfor -%} }, "services": {"r": {}}}`,
  options: { required: { size: 2 }, optional: { greeting: 'hello', proud: true }, advanced: { names: ['a', 'b'], root_password: '' }, descriptions: { size: 'Number of nodes' } },
};
const SIZED_ID = 'cluster/root/sized/1/1';

/** Notes, in a page, when it was told that the cluster is paused or no longer, and when that stood there. */
const NOTES = `
  const notes = (window.notes = []);
  const note = (what, is) => notes.push({ what, is, at: Date.now() });
  const Source = window.EventSource;
  window.EventSource = class extends Source {
    constructor(path) {
      super(path);
      this.addEventListener('change', ({ data }) => {
        const { id, conditions, updatedAt } = JSON.parse(data);
        if (id === '${SIZED_ID}') note(Date.parse(updatedAt), conditions.some(({ type }) => type === 'Paused'));
      });
    }
  };
  let was = false;
  new MutationObserver(() => {
    const is = document.querySelector('#waiting a[href="/ui/lifecycles/${SIZED_ID}"]') !== null || /Paused/.test(document.querySelector('.states + .up')?.textContent ?? '');
    if (is !== was) note('shown', (was = is));
  }).observe(document, { childList: true, subtree: true, characterData: true });
`;
const CHANGES = [['pause', true], ['resume', false], ['pause', true], ['resume', false], ['pause', true], ['resume', false]] as const;
interface Note {
  /** Shown; else what the page was told, by its own time. */
  what: 'shown' | number;
  is: boolean;
  at: number;
}

describeNeeding(['chromium'], 'in a real browser', () => {
  let grid: TestGrid;
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const as = (who: Who, method: string, path: string, body?: unknown) => ask({ api: grid.api, token: TOKENS[who] }, method, path, body);

  beforeAll(async () => {
    [grid, browser] = await Promise.all([startGrid({ env: { GRID_TOKENS: tokens }, token: TOKENS.root }), startBrowser()]);
    await putProduct(grid, 'keyed', { template: idle(2), script: SCRIPT });
    await putProduct(grid, 'sized', SIZED);
  }, 240_000);
  afterAll(async () => {
    await browser.end();
    await grid.end();
    rmSync(dir, { recursive: true, force: true });
  });

  /** A person who has logged in, and what his browser complained of. */
  async function person(who: Who, options: Parameters<Browser['context']>[0] = {}, script = ''): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.context(options);
    contexts.push(context);
    if (script) await context.addInitScript({ content: script });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${grid.api}/`);
    await logIn(page, TOKENS[who]);
    await page.getByRole('heading', { name: 'Service Grid', level: 1 }).waitFor();
    // Asked without a token, it answers 401, which browsers call an error.
    complaints.length = 0;
    return { page, complaints };
  }
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((one) => one.close()));
  });

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

  const verbsOf = (page: Page) => page.getByRole('list', { name: 'What can be done' }).getByRole('link');

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

  test('a session commands only from pages of ours', async () => {
    const cookie = (await raw(grid.api, 'POST', '/ui/login', { 'content-type': 'application/x-www-form-urlencoded' }, `token=${TOKENS.root}`)).headers['set-cookie']![0]!.split(';')[0]!;
    const send = (headers: Record<string, string>) => raw(grid.api, 'POST', '/ui/do/pause/compute/none', { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers }, 'key=1');
    expect((await send({})).status).toBe(401);
    expect((await send({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await send({ origin: 'null' })).status).toBe(403);
    expect((await send({ origin: grid.api })).status).toBe(404);
    expect((await raw(grid.api, 'POST', '/ui/login', { 'content-type': 'application/x-www-form-urlencoded' }, `token=${TOKENS.root}&to=//evil.example`)).status).toBe(400);
  });

  test('a cluster that is stuck comes first, says why, and is brought to its end from the page, all of it seen as it happens', async () => {
    const { page, complaints } = await person('alice');
    await page.getByText('Nothing: all goes by itself.').waitFor();
    const id = await launch('alice');
    await page.locator('#waiting').getByRole('link', { name: id }).waitFor();
    await page.locator('#waiting').getByText('Blocked').waitFor();
    const help = '/docs/runbook/clusters.md#script_failed';
    expect(await page.locator('#waiting').getByRole('link', { name: 'what to do: script failed' }).getAttribute('href')).toBe(help);

    await page.locator('#waiting').getByRole('link', { name: id }).click();
    await page.getByRole('heading', { name: /^configure is blocked after attempt 1/ }).waitFor();
    // What a script prints is text, whatever it looks like.
    await page.locator('#blocked pre').getByText('the key is not there').waitFor();
    await page.locator('#blocked pre').getByText('<b>the key</b>').waitFor();
    expect(await page.locator('.states [aria-current=step]').textContent()).toBe('configuring');
    expect(await verbsOf(page).allTextContents()).toEqual(['retry', 'skip', 'pause', 'abort', 'repair', 'destroy']);
    for (const button of await verbsOf(page).all()) await button.click({ trial: true });
    const { body: { run } } = await as('alice', 'GET', `/api/v1/lifecycles/${id}`);
    expect(await page.getByRole('link', { name: /^run / }).getAttribute('href')).toMatch(new RegExp(`/namespaces/servicegrid/workflows/cluster%2Falice%2Fkeyed%2F1%2F1/${run.id}/history$`));
    expect(await lookAt(page, 'blocked')).toEqual(WELL);
    for (const [where, text] of [['.conditions', 'what to do'], ['#blocked', 'more in the manual']] as const) expect(await page.locator(where).getByRole('link', { name: `${text}: script failed` }).getAttribute('href')).toBe(help);
    await page.locator('#blocked').getByRole('link').click();
    await page.locator('#script_failed').getByText('script_failed').waitFor();
    // Verbs that are not taken now are refused as a page, which says why and where to read on.
    expect((await page.goto(`${grid.api}/ui/do/resume/${id}`))!.status()).toBe(409);
    expect(await page.getByRole('link', { name: 'what to do: not now' }).getAttribute('href')).toBe('/docs/runbook/requests.md#not_now');
    expect(await lookAt(page, 'refused')).toEqual(WELL);
    expect(complaints.splice(0)).toEqual([expect.stringContaining('409')]);

    for (const [verb, tells] of [['skip', 'configure counts as done'], ['pause', 'await_ready does not begin'], ['abort', 'Plan: 2 to be removed'], ['repair', 'Plan: 2 left alone']] as const) {
      await page.goto(`${grid.api}/ui/do/${verb}/${id}`);
      expect(await page.locator('#plan').locator('..').textContent()).toContain(tells);
    }
    writeFileSync(mended, '');
    await page.goto(`${grid.api}/ui/lifecycles/${id}`);
    await page.getByRole('link', { name: 'retry', exact: true }).click();
    await page.getByText('configure is tried again, attempt 2').waitFor();
    expect(await lookAt(page, 'retry')).toEqual(WELL);
    await page.getByLabel(/^Reason/).fill('the key is back');
    await page.getByRole('button', { name: 'retry' }).click();
    await page.locator('.states [aria-current=step]', { hasText: 'ready' }).waitFor();
    await page.locator('#timeline').getByText(/the key is back/).first().waitFor();

    await page.getByRole('link', { name: 'destroy', exact: true }).click();
    await page.getByRole('heading', { name: 'Plan: 2 to be removed' }).waitFor();
    await page.getByRole('button', { name: 'destroy' }).click();
    await page.locator('.states [aria-current=step]', { hasText: 'destroyed' }).waitFor();
    expect(complaints).toEqual([]);
  }, 240_000);

  test('it is read, and steered, without scripts and with the keyboard alone; others see nothing of it, and a reader finds no buttons', async () => {
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

    const { page: bobs } = await person('bob');
    expect(await bobs.getByRole('main').textContent()).not.toContain('alice');
    expect((await bobs.goto(`${grid.api}/ui/lifecycles/${id}`))!.status()).toBe(404);
    expect((await bobs.goto(`${grid.api}/ui/do/destroy/${id}`))!.status()).toBe(404);
    for (const path of ['/ui/lifecycles/compute/host', '/ui/machines', '/ui/lifecycles', '/ui/audit']) {
      expect((await bobs.goto(grid.api + path))!.status()).toBe(200);
      expect([path, await bobs.getByRole('main').textContent()]).toEqual([path, expect.not.stringContaining('alice')]);
    }
    const { page: readers } = await person('reader');
    await readers.goto(`${grid.api}/ui/lifecycles/${id}`);
    expect(await verbsOf(readers).count()).toBe(0);
    expect((await readers.goto(`${grid.api}/ui/do/destroy/${id}`))!.status()).toBe(403);
  }, 120_000);

  test('a cluster is launched from the options of its product, and scaled, each time as it was shown before', async () => {
    const { page, complaints } = await person('root');
    await page.goto(`${grid.api}/ui/launch`);
    expect(await lookAt(page, 'products')).toEqual(WELL);
    await page.getByRole('link', { name: 'sized 1' }).click();
    await page.getByLabel('size').fill('many');
    await page.getByLabel('names').fill('["a", "b", "c"]');
    expect(await lookAt(page, 'launch')).toEqual(WELL);
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByText('option size: "many" is a text, wanted is a number').waitFor();
    expect(await page.getByRole('alert').getByRole('link').getAttribute('href')).toBe('/docs/runbook/requests.md#wrong_option_type');
    expect(await page.getByLabel('names').inputValue()).toBe('["a", "b", "c"]');
    // A page that was refused says so in its status too, which browsers note.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
    await page.getByLabel('size').fill('2');
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByRole('heading', { name: 'Plan: 2 to be created' }).waitFor();
    expect(await lookAt(page, 'plan')).toEqual(WELL);
    await page.getByRole('button', { name: 'Launch it so' }).click();
    await page.getByRole('heading', { name: SIZED_ID, level: 1 }).waitFor();
    await page.locator('.states [aria-current=step]', { hasText: 'ready' }).waitFor();
    const { options } = await until(grid, SIZED_ID, ({ operation }) => operation === null);
    expect(options).toEqual({ size: 2, greeting: 'hello', proud: true, names: ['a', 'b', 'c'], root_password: '' });

    await page.getByRole('link', { name: 'scale', exact: true }).click();
    await page.getByLabel('size').fill('3');
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByRole('heading', { name: 'Plan: 1 to be created, 2 left alone' }).waitFor();
    await page.getByRole('button', { name: 'Do exactly this' }).click();
    await page.getByRole('heading', { name: SIZED_ID, level: 1 }).waitFor();
    await page.locator('#nodes').getByRole('rowheader', { name: 'n2' }).waitFor();
    await until(grid, SIZED_ID, ({ operation, nodes }) => operation === null && nodes.length === 3);
    expect(complaints).toEqual([]);
  }, 240_000);

  test('a change that is made over the API stands on every page that is open within a second, from its event alone', async () => {
    const paths = ['/', `/ui/lifecycles/${SIZED_ID}`];
    const pages = await Promise.all(paths.map(async (path) => {
      const { page } = await person('root', {}, NOTES);
      await page.goto(grid.api + path);
      await page.getByText('live', { exact: true }).waitFor();
      // Nothing but an event has it looked at again.
      expect(await page.locator('body').getAttribute('data-every')).toBeNull();
      return page;
    }));
    const notesOf = (page: Page) => page.evaluate<Note[]>('notes');
    const took = paths.map((): number[] => []);
    const said: string[][] = paths.map(() => []);
    for (const [verb, is] of CHANGES) {
      const [begun, key] = [Date.now(), { 'idempotency-key': randomUUID() }];
      expect((await untilConfirmed(() => ask(grid, 'POST', `/api/v1/lifecycles/${SIZED_ID}/${verb}`, {}, key))).status).toBe(200);
      await Promise.all(pages.map(async (page, n) => {
        const since = (await eventually(() => notesOf(page), (all) => all.some((one) => one.what === 'shown' && one.is === is && one.at > begun))).filter(({ at }) => at > begun);
        const [shown, told] = [since.find(({ what }) => what === 'shown')!, since.find(({ what }) => what !== 'shown')];
        took[n]!.push(shown.at - begun);
        said[n]!.push(told ? `${shown.at - begun} (happened after ${Number(told.what) - begun}, told after ${told.at - begun})` : `${shown.at - begun}`);
      }));
    }
    // Of a page that was loaded again nothing would be left of the first.
    for (const page of pages) expect((await notesOf(page)).filter(({ what }) => what === 'shown').map(({ is }) => is)).toEqual(CHANGES.map(([, is]) => is));
    for (const [n, path] of paths.entries()) console.log(`${path}: ms from the command to the page: ${said[n]!.join(', ')}`);
    // A busy machine may take its time over some of them.
    for (const all of took) expect(Math.min(...all)).toBeLessThan(1_000);
  }, 120_000);

  test('a page whose events were refused is live as soon as there are some', async () => {
    const { page } = await person('root');
    let refused = 0;
    await page.route('**/events', (route) => (refused++ < 1 ? route.fulfill({ status: 503 }) : route.continue()));
    await page.goto(grid.api);
    await page.getByText('not live: trying again', { exact: true }).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    expect(refused).toBe(2);
  }, 60_000);

  /** An environment with a parent, a producer, something that is stuck and something that differs; answers the runs that made it. */
  async function furnish(): Promise<{ done: string; stuck: string }> {
    addTemplate(grid, 'shop__report', { 'service.hrd': 'category = report\n' });
    addTemplate(grid, 'shop__printer', { 'service.hrd': 'category = printer\n', 'actions.sh': '#!/bin/sh\ncase $1 in\nconfigure) echo "there is no paper" >&2; exit 4 ;;\nesac\n' });
    const parent = 'grid__location__eu';
    await ays(grid, 'install', { name: 'location', instance: 'eu' });
    await ays(grid, 'install', { name: 'webserver', parent });
    const done = (await ays(grid, 'install', { name: 'report', parent, consume: [{ category: 'webserver', producer: 'main' }] })).id;
    const stuck = (await order(grid, 'install', { name: 'printer', parent })).body.id as string;
    await untilPath(grid, `/api/v1/lifecycles/instance/${parent}/shop__printer__main`, ({ conditions }) => conditions.some(({ type }: { type: string }) => type === 'Blocked'));
    appendFileSync(join(inModel(grid, `${parent}/shop__report__main`), 'service.hrd'), 'pages = 12\n');
    await read(grid, '/api/v1/environment/diff');
    return { done, stuck };
  }

  test('a service shows its instances, what is measured of them as it goes, its rule, and is scaled; every page is there for everybody, and every way leads somewhere', async () => {
    expect((await install(grid, 'web', { planned: 1, max: 3 })).status).toBe(202);
    await untilPath(grid, '/api/v1/lifecycles/service/web', ({ state }) => state === 'SERVICE_INSTALLED');
    const rule = await post(grid, 'scaling_rules_task', { service_id: serviceUri('web'), scaling_rule: { property_name: 'requests', low_threshold: -1, high_threshold: 100 } }, 'http://localhost/services/capacity_planner/');
    expect([rule.status, rule.body]).toEqual([202, '']);
    const { agent } = await read(grid, '/api/v1/lifecycles/instance/web/0');
    for (const [secondsAgo, requests] of [[150, 20], [100, 60], [0, 45]] as const) {
      const routing = { producer_timestamp: Date.now() - secondsAgo * 1_000, producer_id: 'http://localhost/webui/', consumer_id: agentUri(agent), state_id: instanceUri('web', 0) };
      expect((await as('root', 'POST', '/services/tasks/_new_task', { task: 'set_instance_property_task', property_name: 'requests', property_value: requests, routing })).status).toBe(202);
    }
    await untilPath(grid, '/api/v1/lifecycles/instance/web/0', ({ properties }) => properties.requests?.value === 45);
    const { page, complaints } = await person('root');
    const ways = new Set<string>();
    const show = async (name: string, path: string, content: string) => {
      expect([path, (await page.goto(grid.api + path))!.status()]).toEqual([path, 200]);
      await page.getByRole('main').getByText(content).first().waitFor();
      expect([path, await lookAt(page, name)]).toEqual([path, WELL]);
      for (const way of await page.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')!))) if (way.startsWith('/')) ways.add(way);
    };
    await show('service', '/ui/lifecycles/service/web', 'Scaled by requests');
    // What was set before the page was opened is in the picture, below one limit and above the other.
    const picture = page.getByRole('img', { name: 'requests in the last five minutes: from 20 to 60; above 100: one more, below -1: one less' });
    await picture.waitFor();
    const heights = await picture.locator('line').evaluateAll((lines) => lines.map((one) => parseFloat(one.getAttribute('y1'))));
    const values = (await picture.locator('polyline').getAttribute('points'))!.split(' ').map((point) => Number(point.split(',')[1]));
    expect(values.length).toBeGreaterThanOrEqual(3);
    for (const value of values) expect(heights[0]! < value && value < heights[1]!).toBe(true);
    expect(await picture.locator('text').allTextContents()).toEqual(['the last five minutes', 'above 100: one more', 'below -1: one less']);
    await page.locator('#measured').getByRole('row', { name: /mem_mib/ }).waitFor();
    await page.locator('#measured .trace polyline').first().waitFor({ state: 'attached' });
    await page.getByRole('link', { name: 'scale', exact: true }).click();
    await page.getByLabel('Instances').fill('2');
    expect(await lookAt(page, 'scale')).toEqual(WELL);
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByRole('heading', { name: 'Plan: 1 to be created, 1 left alone' }).waitFor();
    await page.getByRole('button', { name: 'Do exactly this' }).click();
    await page.locator('#instances').getByRole('link', { name: 'instance/web/1' }).waitFor();
    await untilPath(grid, '/api/v1/lifecycles/service/web', ({ state, wish, operation }) => state === 'SERVICE_INSTALLED' && wish.planned === 2 && operation === null);

    const { done, stuck } = await furnish();
    for (const [name, path, content] of [
      ['lifecycles', '/ui/lifecycles?kind=cluster&state=&owner=&blocked=', SIZED_ID], ['cluster', `/ui/lifecycles/${SIZED_ID}`, 'n2'], ['machines', '/ui/machines', 'n0 of'],
      ['compute', '/ui/lifecycles/compute/host', SIZED_ID], ['instance', '/ui/lifecycles/instance/web/0', 'service/web'], ['agent', '/ui/lifecycles/agent/0', 'instance/web/0'],
      ['product', '/ui/lifecycles/product/sized/1', 'launch'], ['environment', '/ui/environment', 'takes webserver from'],
      ['run', `/ui/lifecycles/${done}`, 'shop__report__main'], ['stuck_run', `/ui/lifecycles/${stuck}`, 'there is no paper'], ['members', '/ui/members', 'ApiWorker worker(0)'],
      ['audit', '/ui/audit', '/ui/launch/sized/1'], ['api', '/docs', '/api/v1/lifecycles'], ['overview', '/', 'web'],
    ] as const) await show(name, path, content);
    // 503: a busy worker has not answered in time.
    for (const way of ways) expect([way, (await eventually(() => ask(grid, 'GET', way), ({ status }) => status !== 503)).status]).toEqual([way, 200]);
    expect(complaints).toEqual([]);
  }, 240_000);
});
