import fc from 'fast-check';
import { isProblem, type Problem } from '../../model/errors';
import type { ClusterSpec } from '../../model/node';
import { readClusterSpec } from '../../model/template_result';

const read = (value: unknown, where: (path: (string | number)[]) => number | undefined = () => undefined) =>
  readClusterSpec(value, where, { defaultDnsname: 'the-default' });

function spec(value: unknown): ClusterSpec {
  const answer = read(value);
  if (isProblem(answer)) throw new Error(`was refused: ${JSON.stringify(answer)}`);
  return answer;
}

function refused(value: unknown): Problem {
  const answer = read(value);
  if (!isProblem(answer)) throw new Error(`was accepted: ${JSON.stringify(answer)}`);
  return answer;
}

const small = { cpu: 1, mem: 64 };
const node = (more: Record<string, unknown>) => spec({ nodes: { n: { ...small, ...more } } }).nodes[0]!;
const refusedNode = (more: Record<string, unknown>) => refused({ nodes: { n: { ...small, ...more } } });

test("the reference product's template, every default filled in", () => {
  const result = spec({
    nodes: {
      example0: {
        name: 'example0', clustername: 'x', docker_image: 'centos:7.1.1503', docker_opts: '--privileged', port: '22', id: '_', host: '_', status: 'pending',
        cpu: '1', mem: '4096', check_ports: ['22', 5000], tags: ['yarn', 'master'], services: ['service1'],
        disks: { disk4: { origin: '/data/4/x', destination: '/storage1', mode: 'ro', type: 'ssd' }, disk5: { destination: '/storage2' } },
        networks: {
          eth0: { networkname: 'admin', type: 'static', address: '10.0.0.5', device: 'eth0', bridge: 'virbr', netmask: '255.0.0.0', gateway: '10.0.0.1' },
          eth1: { networkname: 'storage', type: 'dynamic', address: '_', device: '_', bridge: '_', gateway: '' },
        },
      },
    },
    services: { service1: { name: 'service1', status: '_', nodes: [], heap: 1024, nested: { a: [1] } } },
  });
  expect(result).toEqual({
    dnsname: 'the-default', onNodeLoss: 'wait', scriptTimeoutMs: 600_000, scriptAttempts: 1,
    nodes: [{
      name: 'example0', image: 'centos:7.1.1503', imageOptions: '--privileged', env: {}, cpu: 1, memMiB: 4096, checkPorts: [22, 5000], tags: ['yarn', 'master'], roles: ['service1'],
      disks: [{ name: 'disk4', destination: '/storage1', mode: 'ro' }, { name: 'disk5', destination: '/storage2', mode: 'rw' }], customDisks: false,
      networks: [
        { device: 'eth0', network: 'admin', address: '10.0.0.5', bridge: 'virbr', netmask: '255.0.0.0', gateway: '10.0.0.1' },
        { device: 'eth1', network: 'storage' },
      ],
    }],
    roles: [{ name: 'service1', nodes: ['example0'], properties: { heap: 1024, nested: { a: [1] } } }],
  });
});

describe('nodes', () => {
  test('may be a list in which each says its name', () => {
    expect(spec({ nodes: [{ name: 'a', ...small }, { name: 'b', ...small }] }).nodes.map((n) => n.name)).toEqual(['a', 'b']);
  });

  test.each([{}, { nodes: {} }, { nodes: [] }, { nodes: null }])('none at all is refused: %j', (value) => {
    expect(refused(value)).toMatchObject({ status: 400, field: 'nodes', message: expect.stringContaining('yields no nodes') as string });
  });

  test.each([[[]], ['text'], [null], [3]])('what is no map at all is refused: %j', (value) => {
    expect(refused(value)).toMatchObject({ status: 400, field: 'template' });
  });

  test('a name twice in a list is refused', () => {
    expect(refused({ nodes: [{ name: 'a', ...small }, { name: 'a', ...small }] })).toMatchObject({ field: 'nodes.a', message: expect.stringContaining('twice') as string });
  });

  test.each(['', 'a b', '-a', '../a', 'a/b', '__proto__', 'x'.repeat(64)])('cannot be called %j', (name) => {
    expect(refused({ nodes: JSON.parse(`{${JSON.stringify(name)}: {"cpu": 1, "mem": 1}}`) }).message).toContain('is not a name');
  });

  test('a name inside that is another than the key is refused', () => {
    expect(refusedNode({ name: 'other' })).toMatchObject({ field: 'nodes.n.name' });
  });

  test.each<[Record<string, unknown>, Partial<ClusterSpec['nodes'][number]>]>([
    [{ cpu: 0.1 }, { cpu: 0.1 }], [{ cpu: '0.5' }, { cpu: 0.5 }], [{ mem: '2048.0' }, { memMiB: 2048 }],
    [{ image: 'a:1' }, { image: 'a:1' }], [{ docker_image: 'b:1', image: 'a:1' }, { image: 'b:1' }],
    [{ command: ['sleep', 100, ''] }, { command: ['sleep', '100', ''] }],
    [{ env: { A: 1, B: true, C: '', D: '_' } }, { env: { A: '1', B: 'true', C: '', D: '_' } }],
    [{ check_ports: '22, 80' }, { checkPorts: [22, 80] }], [{ check_ports: 22 }, { checkPorts: [22] }], [{ check_ports: [22, '22'] }, { checkPorts: [22] }],
    [{ tags: 'master' }, { tags: ['master'] }], [{ tags: { a: '', b: '' } }, { tags: ['a', 'b'] }],
    [{ required_node: 'c13-1' }, { requiredHost: 'c13-1' }],
    [{ placement: 'spread' }, { placement: 'spread' }], [{ tags: 'db', near: 'db', apart: ['db'] }, { near: ['db'], apart: ['db'] }], [{ host_tags: 'ssd, rack1' }, { hostTags: ['ssd', 'rack1'] }],
    [{ disks: 2 }, { disks: [{ name: 'disk1', destination: '/storage1', mode: 'rw' }, { name: 'disk2', destination: '/storage2', mode: 'rw' }] }],
    [{ disks: '1' }, { disks: [{ name: 'disk1', destination: '/storage1', mode: 'rw' }] }],
    [{ disks: ['brick0', { name: 'brick1', destination: '/b', mode: 'ro' }] }, { disks: [{ name: 'brick0', destination: '/storage1', mode: 'rw' }, { name: 'brick1', destination: '/b', mode: 'ro' }] }],
    [{ disks: { disk8: {} }, use_custom_disks: 'True' }, { customDisks: true, disks: [{ name: 'disk8', destination: '/storage1', mode: 'rw' }] }],
    [{ use_custom_disks: true }, { customDisks: true }], [{ use_custom_disks: 'False' }, { customDisks: false }],
    [{ networks: { eth0: { networkname: 'admin', address: '' } } }, { networks: [{ device: 'eth0', network: 'admin' }] }],
    [{ networks: { eth0: { networkname: 'admin', type: 'dynamic', address: '10.0.0.1' } } }, { networks: [{ device: 'eth0', network: 'admin' }] }],
    [{ networks: { eth0: { networkname: 'admin', device: 'net1' } } }, { networks: [{ device: 'net1', network: 'admin' }] }],
  ])('%j is read as %j', (given, wanted) => {
    expect(node(given)).toMatchObject(wanted);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ cpu: 0 }, 'cpu'], [{ cpu: -1 }, 'cpu'], [{ cpu: 'lots' }, 'cpu'], [{ cpu: null }, 'cpu'], [{ cpu: true }, 'cpu'], [{ cpu: 1e400 }, 'cpu'],
    [{ mem: 0 }, 'mem'], [{ mem: 1.5 }, 'mem'], [{ mem: '_' }, 'mem'], [{ mem: [1] }, 'mem'],
    [{ docker_image: { a: 1 } }, 'docker_image'], [{ docker_image: 'a\0b' }, 'docker_image'],
    [{ command: 'sleep 100' }, 'command'], [{ command: [] }, 'command'], [{ command: ['a', {}] }, 'command.1'], [{ command: ['', 'a'] }, 'command'],
    [{ env: 'A=1' }, 'env'], [{ env: { 'A B': '1' } }, 'env.A B'], [{ env: { A: {} } }, 'env.A'],
    [{ check_ports: [0] }, 'check_ports.0'], [{ check_ports: [65_536] }, 'check_ports.0'], [{ check_ports: '22,x' }, 'check_ports'], [{ check_ports: [22.5] }, 'check_ports.0'],
    [{ use_custom_disks: 'maybe' }, 'use_custom_disks'], [{ use_custom_disks: true, disks: 2 }, 'disks'],
    [{ disks: -1 }, 'disks'], [{ disks: 1.5 }, 'disks'], [{ disks: 1e9 }, 'disks'], [{ disks: true }, 'disks'], [{ disks: { disk1: 'x' } }, 'disks.disk1'],
    [{ disks: { disk1: { mode: 'rwx' } } }, 'disks.disk1.mode'], [{ disks: { disk1: { destination: 'storage' } } }, 'disks.disk1.destination'],
    [{ disks: { disk1: { destination: '/a/../etc' } } }, 'disks.disk1.destination'], [{ disks: { disk1: { destination: '/a:/b' } } }, 'disks.disk1.destination'],
    [{ disks: { disk1: { destination: '/a' }, disk2: { destination: '/a' } } }, 'disks.disk2.destination'], [{ disks: ['disk1', 'disk1'] }, 'disks.disk1'],
    [{ networks: { eth0: {} } }, 'networks.eth0.networkname'], [{ networks: { eth0: { networkname: 'a', type: 'magic' } } }, 'networks.eth0.type'],
    [{ networks: { eth0: { networkname: 'a', address: '10.0.0.256' } } }, 'networks.eth0.address'], [{ networks: { eth0: 'admin' } }, 'networks.eth0'],
    [{ networks: { eth0: { networkname: 'a' }, eth1: { networkname: 'b', device: 'eth0' } } }, 'networks.eth1.device'],
    [{ tags: [{}] }, 'tags.0'], [{ required_node: ['a'] }, 'required_node'], [{ services: true }, 'services'],
    [{ placement: 'anywhere' }, 'placement'], [{ near: ['db'] }, 'near'], [{ apart: ['a b'] }, 'apart'], [{ host_tags: true }, 'host_tags'],
  ])('%j is refused with its field', (given, field) => {
    const said = refusedNode(given);
    expect(said).toMatchObject({ status: 400, code: 'invalid_template_result', field: `nodes.n.${field}` });
    expect(said.message.startsWith(`nodes.n.${field}: `)).toBe(true);
    expect(said.fix).not.toBe('');
  });

  test('a node that is no map is refused', () => {
    expect(refused({ nodes: { n: 'x' } })).toMatchObject({ field: 'nodes.n' });
    expect(refused({ nodes: ['n'] })).toMatchObject({ field: 'nodes.n.cpu' });
  });

  test('a command written as one text is refused with how to write it', () => {
    expect(refusedNode({ command: 'sleep 100' }).fix).toContain('["node", "server.js"]');
  });

  test('a choice of the cluster is that of its nodes, but for those that make their own', () => {
    const nodes = { a: small, b: { ...small, placement: 'pack' } };
    expect(spec({ placement: 'spread', nodes }).nodes.map((n) => n.placement)).toEqual(['spread', 'pack']);
    expect(spec({ nodes: { a: small } }).nodes[0]).not.toHaveProperty('placement');
    expect(refused({ placement: 'wide', nodes })).toMatchObject({ field: 'placement' });
  });

  test('a tag that is wanted near is that of a node of the template', () => {
    const cache = { ...small, near: ['db', 'dbs'] };
    expect(refused({ nodes: { cache, db: { ...small, tags: ['db'] } } })).toMatchObject({ field: 'nodes.cache.near', message: expect.stringContaining('has the tag dbs') as string });
  });

  test('more than 2,000 are refused', () => {
    const many = (count: number) => ({ nodes: Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, small])) });
    expect(spec(many(2_000)).nodes).toHaveLength(2_000);
    expect(refused(many(2_001))).toMatchObject({ field: 'nodes' });
  });
});

describe('roles', () => {
  const nodes = { a: { ...small, services: ['one'] }, b: { ...small, services: ['two', 'undeclared'] }, c: small };

  test('a node is in a role when either says so (CT10), each once', () => {
    const result = spec({ nodes, services: { one: { nodes: ['c', 'a'] }, two: {} } });
    expect(result.roles).toEqual([{ name: 'one', nodes: ['c', 'a'], properties: {} }, { name: 'two', nodes: ['b'], properties: {} }]);
    expect(result.nodes.map((n) => n.roles)).toEqual([['one'], ['two', 'undeclared'], ['one']]);
  });

  test('may be a list, and their nodes a map', () => {
    expect(spec({ nodes, services: [{ name: 'one', nodes: { b: '', c: '' } }] }).roles[0]).toMatchObject({ name: 'one', nodes: ['b', 'c', 'a'] });
  });

  test('a node that does not exist is refused by name', () => {
    expect(refused({ nodes, services: { one: { nodes: ['a', 'nobody'] } } })).toMatchObject({ field: 'services.one.nodes', message: expect.stringContaining('nobody') as string });
  });

  test('properties that are the grid\'s own are not the product\'s', () => {
    expect(spec({ nodes, services: { one: { name: 'one', dn: 'x', status: 'running', nodes: [], disks: 1, networks: 1, 'dfs.blocksize': 1 } } }).roles[0]!.properties).toEqual({ 'dfs.blocksize': 1 });
  });
});

describe('the cluster', () => {
  test.each<[Record<string, unknown>, Partial<ClusterSpec>]>([
    [{ dnsname: 'clusters--test--reference--1__0__0--1' }, { dnsname: 'clusters--test--reference--1__0__0--1' }], [{ dnsname: '_' }, { dnsname: 'the-default' }],
    [{ on_node_loss: 'repair' }, { onNodeLoss: 'repair' }], [{ script_timeout: '10m' }, { scriptTimeoutMs: 600_000 }],
    [{ script_timeout: 30 }, { scriptTimeoutMs: 30_000 }], [{ script_timeout: '1.5' }, { scriptTimeoutMs: 1_500 }], [{ script_timeout: '500ms' }, { scriptTimeoutMs: 500 }],
    [{ script_attempts: '3' }, { scriptAttempts: 3 }],
  ])('%j is read as %j', (given, wanted) => {
    expect(spec({ nodes: { n: small }, ...given })).toMatchObject(wanted);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ dnsname: 'a b' }, 'dnsname'], [{ dnsname: ['a'] }, 'dnsname'], [{ on_node_loss: 'panic' }, 'on_node_loss'],
    [{ script_timeout: 'soon' }, 'script_timeout'], [{ script_timeout: 0 }, 'script_timeout'], [{ script_timeout: -1 }, 'script_timeout'], [{ script_timeout: '25h' }, 'script_timeout'],
    [{ script_attempts: 0 }, 'script_attempts'], [{ script_attempts: 1.5 }, 'script_attempts'], [{ services: 'x' }, 'services'], [{ nodes: 'x' }, 'nodes'],
  ])('%j is refused with its field', (given, field) => {
    expect(refused({ nodes: { n: small }, ...given })).toMatchObject({ status: 400, field });
  });
});

test('every problem is said at once, but no more than twenty', () => {
  const bad = { nodes: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`n${i}`, { cpu: 0 }])) };
  const said = refused(bad);
  expect(said.problems).toHaveLength(20);
  expect(said.problems!.slice(0, 3).map((one) => one.field)).toEqual(['nodes.n0.cpu', 'nodes.n0.mem', 'nodes.n1.cpu']);
});

test('a problem has the line of its field, or of what the field is missing from', () => {
  const lines: Record<string, number> = { 'nodes.n.cpu': 7, 'nodes.n': 5 };
  const said = read({ nodes: { n: { cpu: 0 } } }, (path) => lines[path.join('.')]) as Problem;
  expect(said.problems!.map(({ field, line }) => ({ field, line }))).toEqual([{ field: 'nodes.n.cpu', line: 7 }, { field: 'nodes.n.mem', line: 5 }]);
  expect(said.message).toContain('line 7');
});

test('law: whatever a template yields, the answer is a spec or a problem with a field, never a throw', () => {
  const keys = fc.constantFrom('nodes', 'services', 'dnsname', 'n', 'name', 'cpu', 'mem', 'disks', 'networks', 'eth0', 'env', 'command', 'check_ports', 'tags', '__proto__', 'constructor');
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 6 }, fc.constantFrom(1, 'x', '_', null, true, -1, 1e99), fc.array(tie('tree'), { maxLength: 3 }), fc.array(fc.tuple(keys, tie('tree')), { maxLength: 4 }).map((pairs) => JSON.parse(`{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`) as unknown)),
  }));
  fc.assert(fc.property(tree, (value) => {
    const answer = read(value);
    expect(isProblem(answer) ? answer.field : answer.nodes.length).toBeTruthy();
  }), { numRuns: 500 });
});
