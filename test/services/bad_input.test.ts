import { audit } from '../support/audit';
import { startGrid, type TestGrid } from '../support/grid';
import { ask, read } from '../support/http';
import { SILENCE_MS } from '../support/machine_ground';
import { install, installed, post, scale, serviceUri, uninstall, uninstalled } from '../support/services';

/** What cannot be done is refused at once, in the original's words, and changes nothing. */
let grid: TestGrid;
beforeAll(async () => {
  grid = await startGrid({ env: { GRID_AGENT_TIMEOUT: `${SILENCE_MS}ms` } });
  await install(grid, 'there', { planned: 1, min: 1, max: 2 });
  await installed(grid, 'there', 1);
});
afterEach(() => audit(grid));
afterAll(() => grid.end());

const wish = { display_name: 'x', planned_number_of_instances: 1, max_number_of_instances: 2, min_number_of_instances: 1, service_id: serviceUri('x'), recipe: 'webserver' };

test.each([
  ['more than the maximum', { ...wish, planned_number_of_instances: 3 }, 400, 'Cannot scale above max number of instances 2'],
  ['less than the minimum', { ...wish, planned_number_of_instances: 0 }, 400, 'Cannot scale below min number of instances 1'],
  ['an id without a slash at its end', { ...wish, service_id: 'http://localhost/services/x' }, 400, 'must end with /'],
  ['a negative number', { ...wish, min_number_of_instances: -1 }, 400, 'min_number_of_instances'],
  ['a fraction', { ...wish, planned_number_of_instances: 1.5 }, 400, 'planned_number_of_instances'],
  ['a service that is there', { ...wish, service_id: serviceUri('there') }, 409, 'already installed'],
  ['a recipe that is not there', { ...wish, recipe: 'nothing' }, 400, 'there is no recipe nothing'],
  ['a value that the recipe does not take', { ...wish, data: { 'param.port': 'high' } }, 400, 'param.port'],
  ['a name that belongs to the grid', { ...wish, service_id: serviceUri('orchestrator') }, 400, 'orchestrator'],
])('install of %s', async (_, fields, status, text) => {
  const before = await read(grid, '/services/deployment_planner/');
  const answer = await post(grid, 'install_service_task', fields);
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([status, expect.stringContaining(text)]);
  expect(await read(grid, '/services/deployment_planner/')).toEqual(before);
});

test.each([
  ['scale above the maximum', () => scale(grid, 'there', 3), 400, 'Cannot scale above max number of instances 2'],
  ['scale below the minimum', () => scale(grid, 'there', 0), 400, 'Cannot scale below min number of instances 1'],
  ['scale of what is not there', () => scale(grid, 'nothing', 1), 404, 'Cannot find service'],
  ['uninstall of what is not there', () => uninstall(grid, 'nothing'), 404, 'Cannot find service'],
  ['an unknown task', () => post(grid, 'paint_service_task', {}), 400, 'paint_service_task'],
  ['an unknown consumer', () => post(grid, 'uninstall_service_task', { service_id: serviceUri('there') }, 'http://localhost/services/nobody/'), 400, 'nobody'],
  ['a task of the grid itself', () => post(grid, 'start_machine_task', {}, 'http://localhost/services/provisioner/'), 400, 'start_machine_task'],
])('%s', async (_, send, status, text) => {
  const answer = await send();
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([status, expect.stringContaining(text)]);
});

test('T15: tasks of a paused planner wait in order, a similar one is refused, and all are carried out on resume', async () => {
  await ask(grid, 'POST', '/api/v1/lifecycles/services/deployment_planner/pause');
  expect((await install(grid, 'queued')).status).toBe(202);
  expect((await scale(grid, 'there', 2)).status).toBe(202);
  const again = await scale(grid, 'there', 2);
  expect([again.status, again.headers.get('x-status-reason')]).toEqual([409, 'Similar task already in queue']);
  const pending = await read(grid, '/services/tasks/_list_tasks?consumer_id=http://localhost/services/deployment_planner/');
  expect(pending.map((t: { task: string }) => t.task)).toEqual(['install_service_task', 'scale_service_task']);
  expect((await ask(grid, 'GET', '/services/queued/')).status).toBe(404);
  await ask(grid, 'POST', '/api/v1/lifecycles/services/deployment_planner/resume');
  await installed(grid, 'there', 2);
  await installed(grid, 'queued', 1);
  // Not known to be wrong when it was taken: it ends in the history with the reason.
  await ask(grid, 'POST', '/api/v1/lifecycles/services/deployment_planner/pause');
  await uninstall(grid, 'queued');
  expect((await scale(grid, 'queued', 2)).status).toBe(202);
  await ask(grid, 'POST', '/api/v1/lifecycles/services/deployment_planner/resume');
  await uninstalled(grid, 'queued');
  const { tasks_history } = await read(grid, '/services/deployment_planner/');
  expect(tasks_history.at(-1)).toMatchObject({ task: 'scale_service_task', failed: expect.stringContaining('Cannot find service') });
});

test('T14: a wish is written with the ETag that was read; another one is refused with the current, also of two at once', async () => {
  const etag = (await ask(grid, 'GET', '/services/there/')).headers.get('etag')!;
  expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
  expect((await ask(grid, 'GET', '/services/there/', undefined, { 'if-none-match': etag })).status).toBe(304);
  const refused = await ask(grid, 'PUT', '/services/there/', { max_number_of_instances: 5 }, { 'if-match': '"00000000000000000000000000000000"' });
  expect([refused.status, refused.headers.get('etag')]).toEqual([412, etag]);
  const written = await ask(grid, 'PUT', '/services/there/', { max_number_of_instances: 5 }, { 'if-match': etag });
  expect([written.status, written.body.max_number_of_instances]).toEqual([200, 5]);
  expect(written.headers.get('etag')).not.toBe(etag);
  const race = await Promise.all([6, 7].map((max) => ask(grid, 'PUT', '/services/there/', { max_number_of_instances: max }, { 'if-match': written.headers.get('etag')! })));
  expect(race.map(({ status }) => status).sort()).toEqual([200, 412]);
  expect((await read(grid, '/services/there/')).max_number_of_instances).toBe(race[0]!.status === 200 ? 6 : 7);
  expect((await ask(grid, 'PUT', '/services/there/', {}, { 'if-none-match': '*' })).status).toBe(412);
  expect((await ask(grid, 'PUT', '/agents/0/', {})).status).toBe(405);
});

test('T16: ids are listed below a prefix, and nothing can be put there', async () => {
  expect(await read(grid, '/services/there/instances/_list')).toEqual(['http://localhost/services/there/instances/0/', 'http://localhost/services/there/instances/1/']);
  expect(await read(grid, '/services/nothing/_list')).toEqual([]);
  const put = await ask(grid, 'PUT', '/services/_list', {});
  expect([put.status, put.body.error]).toEqual([400, 'URI must not end with/_list']);
});
