import type { BrowserContext, Page } from 'playwright-core';
import { forgetPictures, lookAt, startBrowser, WELL, type Browser } from '../support/browser';
import { startGrid, type TestGrid } from '../support/grid';
import { ask, until } from '../support/http';
import { describeNeeding } from '../support/parts';
import { putProduct } from '../support/product';
import { install, post, serviceUri, untilPath } from '../support/services';

/** As many nodes as `size` says; of the other options each kind of field has one. */
const TEMPLATE = `{"nodes": { {%- for n in range(0, opts['size']) %}{{ "," if n else "" }}"n{{ n }}": {"cpu": 0.1, "mem": 16, "command": ["sleep", "1000"], "services": ["r"]}{% endfor -%} }, "services": {"r": {}}}`;
const OPTIONS = {
  required: { size: 2 }, optional: { greeting: 'hello', proud: true }, advanced: { names: ['a', 'b'], root_password: '' },
  descriptions: { size: 'Number of nodes' },
};

describeNeeding(['chromium'], 'a whole grid in a real browser', () => {
  let grid: TestGrid;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];
  const show = (path: string) => page.goto(grid.api + path);

  beforeAll(async () => {
    [grid, browser] = await Promise.all([startGrid(), startBrowser()]);
    context = await browser.context();
    page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await putProduct(grid, 'sized', { template: TEMPLATE, options: OPTIONS });
  });
  afterAll(async () => {
    await browser.end();
    await grid.end();
    forgetPictures();
  });
  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  test('a cluster is launched from the options of its product, and scaled, each time as it was shown before', async () => {
    await show('/ui/launch');
    expect(await lookAt(page, 'products')).toEqual(WELL);
    await page.getByRole('link', { name: 'sized 1' }).click();
    await page.getByLabel('size').fill('many');
    await page.getByLabel('names').fill('["a", "b", "c"]');
    expect(await lookAt(page, 'launch')).toEqual(WELL);
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByText('option size: "many" is a text, wanted is a number').waitFor();
    expect(await page.getByLabel('names').inputValue()).toBe('["a", "b", "c"]');
    // A page that was refused says so in its status too, which browsers note.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
    await page.getByLabel('size').fill('2');
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByRole('heading', { name: 'Plan: 2 to be created' }).waitFor();
    expect(await lookAt(page, 'plan')).toEqual(WELL);
    await page.getByRole('button', { name: 'Launch it so' }).click();
    const id = 'cluster/test/sized/1/1';
    await page.getByRole('heading', { name: id, level: 1 }).waitFor();
    await page.locator('.states [aria-current=step]', { hasText: 'ready' }).waitFor();
    const { options } = await until(grid, id, ({ operation }) => operation === null);
    expect(options).toEqual({ size: 2, greeting: 'hello', proud: true, names: ['a', 'b', 'c'], root_password: '' });

    await page.getByRole('link', { name: 'scale', exact: true }).click();
    await page.getByLabel('size').fill('3');
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByRole('heading', { name: 'Plan: 1 to be created, 2 left alone' }).waitFor();
    await page.getByRole('button', { name: 'Do exactly this' }).click();
    await page.getByRole('heading', { name: id, level: 1 }).waitFor();
    await page.locator('#nodes').getByRole('rowheader', { name: 'n2' }).waitFor();
    await until(grid, id, ({ operation, nodes }) => operation === null && nodes.length === 3);
  });

  test('a service shows its instances, what is measured of them as it goes, its rule, and is scaled', async () => {
    expect((await install(grid, 'web', { planned: 1, max: 3 })).status).toBe(202);
    await untilPath(grid, '/api/v1/lifecycles/service/web', ({ state }) => state === 'SERVICE_INSTALLED');
    const rule = await post(grid, 'scaling_rules_task', { service_id: serviceUri('web'), scaling_rule: { property_name: 'cpu', low_threshold: -1, high_threshold: 10_000 } }, 'http://localhost/services/capacity_planner/');
    expect([rule.status, rule.body]).toEqual([202, '']);
    await show('/ui/lifecycles/service/web');
    await page.getByText('Scaled by cpu').waitFor();
    await page.locator('#measured').getByRole('row', { name: /mem_mib/ }).waitFor();
    await page.locator('#measured .trace polyline').first().waitFor({ state: 'attached' });
    expect(await lookAt(page, 'service')).toEqual(WELL);
    await page.getByRole('link', { name: 'scale', exact: true }).click();
    await page.getByLabel('Instances').fill('2');
    expect(await lookAt(page, 'scale')).toEqual(WELL);
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByRole('heading', { name: 'Plan: 1 to be created, 1 left alone' }).waitFor();
    await page.getByRole('button', { name: 'Do exactly this' }).click();
    await page.locator('#instances').getByRole('link', { name: 'instance/web/1' }).waitFor();
    await untilPath(grid, '/api/v1/lifecycles/service/web', ({ state, wish, operation }) => state === 'SERVICE_INSTALLED' && wish.planned === 2 && operation === null);
  });

  // Each of what the tests before have made.
  test.each([
    ['overview', '/', 'web'], ['lifecycles', '/ui/lifecycles', 'service/web'], ['filtered', '/ui/lifecycles?kind=cluster&state=&owner=&blocked=', 'cluster/test/sized/1/1'], ['machines', '/ui/machines', 'n0 of'],
    ['compute', '/ui/lifecycles/compute/host', 'cluster/test/sized/1/1'], ['instance', '/ui/lifecycles/instance/web/0', 'service/web'], ['agent', '/ui/lifecycles/agent/0', 'instance/web/0'],
    ['product', '/ui/lifecycles/product/sized/1', 'launch'], ['environment', '/ui/environment', 'What differs from the model'], ['members', '/ui/members', 'ApiWorker worker(0)'], ['audit', '/ui/audit', '/ui/launch/sized/1'], ['api', '/docs', '/api/v1/lifecycles'],
  ])('%s is there for everybody', async (name, path, content) => {
    const answer = await show(path);
    expect([path, answer!.status()]).toEqual([path, 200]);
    await page.getByRole('main').getByText(content).first().waitFor();
    expect(await lookAt(page, name)).toEqual(WELL);
  });

  test('every way that a page shows leads somewhere', async () => {
    for (const path of ['/', '/ui/lifecycles', '/ui/machines', '/ui/lifecycles/service/web', '/ui/lifecycles/cluster/test/sized/1/1', '/ui/launch']) {
      await show(path);
      const ways = await page.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
      for (const way of new Set(ways.filter((one) => one.startsWith('/')))) expect([path, way, (await ask(grid, 'GET', way)).status]).toEqual([path, way, 200]);
    }
  });
});
