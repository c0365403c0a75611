import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import type { ClusterDocument } from '../../model/cluster_views';
import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, givenBack, launch, order as place, until, verb, type Answer } from '../support/http';
import { untilPath } from '../support/services';
import { idle, idleNode, putProduct, type ProductParts } from '../support/product';

/** What bad input gets, sentence by sentence, over the API of a whole grid. */
const PAAS = '/bigdata/api/v1';
const OURS = '/api/v1';
const JSON_TYPE = { 'content-type': 'application/json' };
let grid: TestGrid;
const statuses: [number, string][] = [];

beforeAll(async () => {
  grid = await startGrid();
});
afterAll(async () => {
  await grid.end();
  // That there is no answer yet, on a busy machine, is none to bad input.
  expect(statuses.filter(([status]) => status === 0 || (status >= 500 && status !== 503))).toEqual([]);
});
let before: number[];
beforeEach(() => void (before = labelled(grid.home)));
afterEach(async () => {
  expect(labelled(grid.home).filter((pid) => !before.includes(pid))).toEqual([]);
  await audit(grid);
});

/** Every answer of these tests is remembered: none may be a 500. */
async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return remembered(`${method} ${path}`, ask(grid, method, path, body, headers));
}

async function remembered(what: string, asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked;
  statuses.push([answer.status, what]);
  return answer;
}

function expectExplained({ status, body }: Answer, expected: number): void {
  const message = body?.message ?? body?.detail;
  expect({ status, code: body?.code, message, fix: body?.fix }).toEqual({ status: expected, code: expect.any(String), message: expect.any(String), fix: expect.any(String) });
  expect(JSON.stringify(body)).not.toMatch(/\bat .*:\d+:\d+|node_modules|\.js:|\.ts:/);
  expect(JSON.stringify(body)).not.toContain(grid.home);
}

async function expectNothingStarted(): Promise<void> {
  // Temporal's lists follow what happens.
  const left = (list: { clusters: { data: { status: string } }[] }) => list.clusters.filter(({ data }) => data.status !== 'destroyed');
  await untilPath(grid, `${PAAS}/clusters`, (list) => left(list).length === 0);
  await givenBack(grid);
  expect((await send('GET', `${OURS}/machines`)).body.machines).toEqual([]);
  expect(labelled(grid.home)).toEqual([]);
}

describe('what is not there', () => {
  const CLUSTER = 'test/reference/1.0.0/999';
  test.each([
    ['GET', `${PAAS}/products/nothing/1`], ['GET', `${PAAS}/products/reference/9.9.9`],
    ['GET', `${PAAS}/products/nothing/1/template`], ['GET', `${PAAS}/products/nothing/1/options`], ['GET', `${PAAS}/products/nothing/1/orquestrator`],
    ['PUT', `${PAAS}/products/nothing/1/template`, {}], ['PUT', `${PAAS}/products/nothing/1/options`, {}], ['PUT', `${PAAS}/products/nothing/1/orchestrator`, 'x'],
    ['POST', `${PAAS}/products/nothing/1`, {}], ['POST', `${PAAS}/products/reference/9.9.9`, {}],
    ['GET', `${PAAS}/clusters/${CLUSTER}`], ['GET', `${PAAS}/clusters/${CLUSTER}/nodes`], ['GET', `${PAAS}/clusters/${CLUSTER}/services`],
    ['GET', `${PAAS}/clusters/nobody/reference/1.0.0/1`], ['PATCH', `${PAAS}/clusters/${CLUSTER}`, { size: 2 }], ['DELETE', `${PAAS}/clusters/${CLUSTER}`],
    ['GET', `${PAAS}/clusters/test/reference/1.0.0/0`], ['GET', `${PAAS}/queue/${'0'.repeat(32)}`], ['GET', `${PAAS}/queue/nonsense`],
    ['GET', `${OURS}/lifecycles/cluster/${CLUSTER}`], ['POST', `${OURS}/lifecycles/cluster/${CLUSTER}/retry`, {}], ['POST', `${OURS}/lifecycles/cluster/${CLUSTER}/destroy`, {}],
    ['GET', `${OURS}/lifecycles/product/nothing/1`], ['GET', `${OURS}/lifecycles/compute/nowhere`], ['GET', `${OURS}/computes/nowhere`],
    ['GET', `${OURS}/machines/nothing`], ['POST', `${OURS}/machines/nothing/exec`, { argv: ['true'] }], ['GET', `${OURS}/machines/nothing/logs`],
    ['GET', `${PAAS}/nothing`], ['GET', '/nothing/at/all'],
  ])('%s %s: 404, what it looked for and what to do', async (method, path, body: unknown = undefined) => {
    expectExplained(await send(method, path, body), 404);
  });

  test.each([`${PAAS}/clusters/nobody`, `${PAAS}/clusters/nobody/reference`, `${PAAS}/clusters/test/nothing/1`])('of whom there are no clusters gets an empty list: %s', async (path) => {
    const { status, body } = await send('GET', path);
    expect([status, body]).toEqual([200, { clusters: [] }]);
  });

  test('a product without versions is an empty list, and another method than the path knows is 405', async () => {
    expect((await send('GET', `${PAAS}/products/nothing`)).body).toEqual({ versions: [] });
    const wrong = await send('DELETE', `${PAAS}/products`);
    expectExplained(wrong, 405);
    expect(wrong.headers.get('allow')).toContain('POST');
  });
});

interface BadOrder {
  what: string;
  parts: ProductParts;
  order?: object;
  query?: string;
  field: string;
}

const nodes = (...more: object[]) => ({ template: { nodes: Object.fromEntries(more.map((m, i) => [`n${i}`, idleNode(m)])) } });
const BAD_ORDERS: BadOrder[] = [
  { what: 'missing required option', parts: { template: idle(), options: { required: { size: 2 } } }, order: { other: 1 }, field: 'options.size' },
  { what: 'option of the wrong type', parts: { template: idle(), options: { optional: { size: 2 } } }, order: { size: 'many' }, field: 'options.size' },
  { what: 'list where a number is wanted', parts: { template: idle(), options: { optional: { size: 2 } } }, order: { size: [2] }, field: 'options.size' },
  { what: 'node with more cpu than any host', parts: nodes({}, { cpu: 1_000_000 }), field: 'nodes.n1.cpu' },
  { what: 'node with more memory than any host', parts: nodes({ mem: 1_000_000_000 }), field: 'nodes.n0.mem' },
  { what: 'node with more disks than any host', parts: nodes({ disks: 13 }), field: 'nodes.n0.disks' },
  { what: 'disk that no host has', parts: nodes({ use_custom_disks: true, disks: { disk99: {} } }), field: 'nodes.n0.disks' },
  { what: 'host that is not there', parts: nodes({ required_node: 'nowhere' }), field: 'nodes.n0.required_node' },
  { what: 'tag that no host has', parts: nodes({ host_tags: ['ssd'] }), field: 'nodes.n0.host_tags' },
  { what: 'more nodes that keep apart than there are hosts', parts: nodes({ tags: ['db'], apart: ['db'] }, { tags: ['db'] }), field: 'nodes.n1.apart' },
  { what: 'near a tag of nobody', parts: nodes({ near: ['db'] }), field: 'nodes.n0.near' },
  { what: 'placement that is none', parts: { template: { placement: 'anywhere', nodes: { a: idleNode() } } }, field: 'placement' },
  { what: 'unknown network', parts: nodes({ networks: { eth0: { networkname: 'moon', type: 'dynamic' } } }), field: 'nodes.n0.networks.eth0' },
  { what: 'no nodes', parts: { template: { nodes: {}, services: {} } }, field: 'nodes' },
  { what: 'no nodes, by the options', parts: { template: '{"nodes": { {%- for n in range(opts["size"]) %} "n{{ n }}": {"cpu": 1, "mem": 16} {% endfor -%} } }', options: { optional: { size: 1 } } }, order: { size: 0 }, field: 'nodes' },
  { what: 'duplicate names in a JSON map', parts: { template: '{"nodes": { {%- for n in range(2) %}{{ "," if n }} "a": {"cpu": 0.{{ n + 1 }}, "mem": 16} {% endfor -%} } }' }, field: 'nodes.a' },
  { what: 'duplicate names in a YAML map', parts: { template: 'nodes:\n{%- for n in range(2) %}\n  a: {cpu: 0.{{ n + 1 }}, mem: 16}\n{%- endfor %}\n', templateType: 'application/yaml' }, field: 'nodes.a' },
  { what: 'duplicate names in a list', parts: { template: { nodes: [{ name: 'a', cpu: 0.1, mem: 16 }, { name: 'a', cpu: 0.1, mem: 16 }] } }, field: 'nodes.a' },
  { what: 'name that is no name', parts: { template: { nodes: { '../../etc': idleNode() } } }, field: 'nodes.../../etc' },
  { what: 'node without cpu', parts: { template: { nodes: { a: { mem: 16 } } } }, field: 'nodes.a.cpu' },
  { what: 'port that is none', parts: nodes({ check_ports: [70_000] }), field: 'nodes.n0.check_ports' },
  { what: 'role on a node that is not there', parts: { template: { nodes: { a: idleNode() }, services: { r: { nodes: ['b'] } } } }, field: 'services.r.nodes' },
  { what: 'result that is not JSON', parts: { template: '{"nodes": {{ opts["nothing"] }} }' }, field: 'template' },
  { what: 'filter that is not there', parts: { template: '{\n"nodes": {{ 1 | nothing }}\n}' }, field: 'template' },
  { what: 'product without a template', parts: {}, field: 'template' },
  { what: 'unknown compute', parts: { template: idle() }, query: '?compute=nowhere', field: 'compute' },
];

/** Ready, and nothing going on; with what the API tells of the run itself. */
const settled = (id: string): Promise<ClusterDocument & { run?: unknown }> => until(grid, id, (d) => d.state === 'ready' && d.operation === null);

describe('an order that cannot be carried out', () => {
  test.each(BAD_ORDERS)('$what: 400 with the field, and nothing is started', async ({ what, parts, order = {}, query = '', field }) => {
    const path = await putProduct(grid, `bad${BAD_ORDERS.findIndex((b) => b.parts === parts)}`, parts);
    const answer = await remembered(`order of ${what}`, place(grid, `${path}${query}`, order));
    expectExplained(answer, 400);
    expect(answer.body.field).toMatch(new RegExp(`^${field.replace(/[.*/]/g, '\\$&')}($|\\.)`));
    await expectNothingStarted();
  });

  test('everything that is wrong comes in one answer', async () => {
    const path = await putProduct(grid, 'several', { template: { nodes: { a: idleNode({ cpu: 'much' }), b: idleNode({ mem: -1 }) } } });
    const { body } = await remembered('order', place(grid, path, {}));
    expect(body.problems.map((p: { field: string }) => p.field)).toEqual(['nodes.a.cpu', 'nodes.b.mem']);
  });

  test('a scale that cannot be carried out leaves the cluster as it is', async () => {
    const template = '{"nodes": { {%- for n in range(opts["size"]) %}{{ "," if n }} "n{{ n }}": {"cpu": {{ opts["cpu"] }}, "mem": 16, "command": ["sleep", "1000"]} {% endfor -%} } }';
    const path = await putProduct(grid, 'scaled', { template, options: { optional: { size: 1, cpu: 0.1 } } });
    const id = await launch(grid, path, {});
    const { run: _, ...ready } = await settled(id);
    for (const [change, field] of [[{ size: 'many' }, 'options.size'], [{ size: 0 }, 'nodes'], [{ cpu: 1_000_000 }, 'nodes.n0.cpu']] as const) {
      const answer = await send('PATCH', `${PAAS}/clusters/${id.slice('cluster/'.length)}`, change);
      expectExplained(answer, 400);
      expect(answer.body.field).toBe(field);
    }
    expect(await settled(id)).toMatchObject(ready);
    await verb(grid, id, 'destroy');
    await until(grid, id, (d) => d.state === 'destroyed');
  });
});

describe('bodies that are not what they should be', () => {
  const TEMPLATE = `${PAAS}/products/bodies/1/template`;
  const large = (bytes: number) => `{"a": "${'x'.repeat(bytes)}"}`;
  beforeAll(() => putProduct(grid, 'bodies', { template: idle() }));

  test.each([
    ['not JSON', 'POST', `${PAAS}/products`, '{"name": ', JSON_TYPE, 400],
    ['not an object', 'POST', `${PAAS}/products`, '[]', JSON_TYPE, 400],
    ['fields missing', 'POST', `${PAAS}/products`, '{"name": "x"}', JSON_TYPE, 400],
    ['a name that is none', 'POST', `${PAAS}/products`, { name: '../x', version: '1', description: '' }, JSON_TYPE, 400],
    ['another content type', 'POST', `${PAAS}/products`, 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }, 400],
    ['options that are not JSON', 'PUT', `${PAAS}/products/bodies/1/options`, '{"required": {"a" 1}}', JSON_TYPE, 400],
    ['options of another shape', 'PUT', `${PAAS}/products/bodies/1/options`, { required: [] }, JSON_TYPE, 400],
    ['an order that is not JSON', 'POST', `${PAAS}/products/bodies/1`, '{"size": 2', JSON_TYPE, 400],
    ['an order that is a list', 'POST', `${PAAS}/products/bodies/1`, '[2]', JSON_TYPE, 400],
    ['an order nested too deeply', 'POST', `${PAAS}/products/bodies/1`, '{"a":'.repeat(3_000) + '1' + '}'.repeat(3_000), JSON_TYPE, 400],
    ['a name of JavaScript', 'POST', `${PAAS}/products/bodies/1`, '{"__proto__": {"x": 1}}', JSON_TYPE, 400],
    ['a scale that is not JSON', 'PATCH', `${PAAS}/clusters/test/bodies/1/1`, 'size=2', JSON_TYPE, 400],
    ['a verb that is not JSON', 'POST', `${OURS}/lifecycles/compute/host/pause`, '{"reason":', JSON_TYPE, 400],
    ['a verb of another shape', 'POST', `${OURS}/lifecycles/compute/host/pause`, { reason: [] }, JSON_TYPE, 400],
    ['exec without argv', 'POST', `${OURS}/machines/nothing/exec`, {}, JSON_TYPE, 400],
    ['exec by a shell string', 'POST', `${OURS}/machines/nothing/exec`, { argv: 'rm -rf /' }, JSON_TYPE, 400],
    ['a product too large', 'POST', `${PAAS}/products`, large(2_000_000), JSON_TYPE, 413],
    ['a template too large', 'PUT', TEMPLATE, large(2_000_000), JSON_TYPE, 413],
    ['a script too large', 'PUT', `${PAAS}/products/bodies/1/orquestrator`, 'x'.repeat(2_000_000), { 'content-type': 'text/plain' }, 413],
    ['an order too large', 'POST', `${PAAS}/products/bodies/1`, large(2_000_000), JSON_TYPE, 413],
    ['a template under another content type', 'PUT', TEMPLATE, '{}', { 'content-type': 'text/html' }, 415],
    ['exec under another content type', 'POST', `${OURS}/machines/nothing/exec`, '{"argv": ["true"]}', { 'content-type': 'text/plain' }, 415],
  ])('%s: %s %s', async (_what, method, path, body: unknown, headers, status: number) => {
    expectExplained(await send(method, path, body, headers), status);
  });

  test('bytes that are not text are refused, and what was there before stays', async () => {
    const bytes = await fetch(`${grid.api}${TEMPLATE}`, { method: 'PUT', headers: JSON_TYPE, body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) });
    expect(bytes.status).toBe(400);
    expect(JSON.parse((await send('GET', TEMPLATE)).body)).toEqual(idle());
  });

  test.each([
    ['an open block', '{% for n in range(2) %}\n{', 'application/json'],
    ['names that are there twice', '{"nodes": {\n"a": {"cpu": 1, "mem": 1},\n"a": {"cpu": 1, "mem": 1}}}', 'application/json'],
    ['an open expression', 'nodes:\n  a: {{ 1\n', 'application/yaml'],
  ])('a template with %s is refused with its line when it is put', async (_what, text, type) => {
    const answer = await send('PUT', TEMPLATE, text, { 'content-type': type });
    expectExplained(answer, 400);
    expect(answer.body.line).toEqual(expect.any(Number));
  });
});

describe('hostile templates', () => {
  test.each([
    ['loops', '{% for a in range(90000) %}{% for b in range(90000) %}{% for c in range(90000) %}{% endfor %}{% endfor %}{% endfor %}'],
    ['allocates at once', '{{ ("x" * 1000000000)[0] }}'],
    ['allocates by doubling', '{% set ns = namespace(t="x" * 1000) %}{% for n in range(40) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}'],
    ['prints without end', '{% for a in range(90000) %}{{ "x" * 10000 }}{% endfor %}'],
    ['calls itself', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
    ['includes a file', '{% include "/etc/passwd" %}'],
    ['imports a file', '{% import "/etc/passwd" as p %}{{ p }}'],
    ['extends a file', '{% extends "/etc/passwd" %}'],
    ['reaches for its host', '{{ range.constructor("return process")() }}'],
  ])('a template that %s is refused within its limits, while the API keeps answering', async (what, text) => {
    const name = `hostile-${what.replaceAll(' ', '-')}`;
    await putProduct(grid, name, {});
    const before = Date.now();
    const latencies = await meanwhile(async () => {
      const put = await send('PUT', `${PAAS}/products/${name}/1/template`, text, JSON_TYPE);
      if (put.status === 400) return expectExplained(put, 400);
      const answer = await remembered(`order of ${name}`, place(grid, `${name}/1`, {}));
      expectExplained(answer, 400);
      expect(JSON.stringify(answer.body)).not.toContain('root:');
    });
    expect(Date.now() - before).toBeLessThan(10_000);
    expect(Math.max(...latencies)).toBeLessThan(1_000);
    await expectNothingStarted();
  });

  /** How long /healthz took, in ms, again and again while the work was done. */
  async function meanwhile(work: () => Promise<void>): Promise<number[]> {
    const latencies: number[] = [];
    let over = false;
    const measure = async () => {
      while (!over) {
        const startedAt = performance.now();
        expect((await send('GET', '/healthz')).status).toBe(200);
        latencies.push(performance.now() - startedAt);
        await sleep(20);
      }
    };
    const measuring = measure();
    await work().finally(() => (over = true));
    await measuring;
    return latencies;
  }
});

describe('hostile scripts', () => {
  const residentMiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${grid.pidOf('control')}/status`, 'utf8'))![1]) / 1024;
  const processesOf = (kind: string) => labelled(grid.home).filter((pid) => readFileSync(`/proc/${pid}/environ`, 'latin1').includes(kind));

  test.each([
    ['hangs', 'echo going to hang; trap "" TERM; while :; do sleep 1; done', /did not finish within 2 s.*: going to hang/, 'going to hang'],
    ['forks', 'echo forking; for i in $(seq 60); do (setsid sleep 600 &) ; (trap "" TERM HUP; sleep 600 &) ; done; sleep 600', /did not finish within 2 s.*: forking/, 'forking'],
    ['prints gigabytes', 'yes 0123456789012345678901234567890123456789 | head -c 3000000000; echo; echo the last line; exit 1', /printed more than 64 MiB/, /\d{20}\n/],
    ['prints gigabytes without a line end', 'head -c 3000000000 /dev/zero; exit 1', /printed more than 64 MiB/, /./s],
    ['exits non-zero', 'echo "no licence"; exit 7', /ended with 7: no licence/, 'no licence'],
    ['kills itself', 'echo farewell; kill -9 $$', /ended by SIGKILL: farewell/, 'farewell'],
    ['is no program', '#!/no/such/interpreter', /interpreter/, ''],
  ])('a script that %s is stopped in its limits, the step is blocked with its last output, and abort leaves nothing', async (what, script, message, output) => {
    const path = await putProduct(grid, `script-${what.replaceAll(' ', '-')}`, { template: idle(2, { script_timeout: message.source.includes('did not finish') ? 2 : 30 }), script: script.startsWith('#!') ? `${script}\n` : `#!/bin/sh\n${script}\n` });
    const memory = residentMiB();
    const id = await launch(grid, path, {});
    const blocked = await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Blocked'), 30_000);
    const step = blocked.steps.find((s) => s.name === 'configure')!;
    expect(step).toMatchObject({ state: 'blocked', lastError: { message: expect.stringMatching(message) } });
    const { evidence = '' } = step.lastError!;
    expect(evidence).toEqual(typeof output === 'string' ? expect.stringContaining(output) : expect.stringMatching(output));
    expect(evidence.length).toBeLessThanOrEqual(4096);
    expect(processesOf('GRID_SCRIPT=')).toEqual([]);
    expect(processesOf('GRID_MACHINE=')).not.toEqual([]);
    expect(residentMiB() - memory).toBeLessThan(100);
    expect((await verb(grid, id, 'abort')).status).toBe(200);
    const after = await until(grid, id, (d) => d.state === 'destroyed');
    expect(after.conditions.map((c) => c.type)).toEqual(['Aborted']);
    await expectNothingStarted();
  });
});
