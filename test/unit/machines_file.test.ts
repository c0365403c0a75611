import fc from 'fast-check';
import { blockAbove, readMachinesFile, writeMachinesFile } from '../../model/environment/machines_file';
import { objectToUnadopted, planAdopt } from '../../model/environment/plan_adopt';
import { parseHrd } from '../../model/hrd/parse';
import { refused } from '../support/refused';

const file = { grid: 'ab12', temporal: '127.0.0.1:7233', numbersBelow: 1_000, agents: { '': 0, 'grid__node.ssh__n1': 3 } };

test('what is written is read again, the same text for the same machines', () => {
  expect(readMachinesFile(writeMachinesFile(file))).toEqual(file);
  expect(writeMachinesFile({ ...file, agents: { 'grid__node.ssh__n1': 3, '': 0 } })).toBe(writeMachinesFile(file));
});

test.each([
  ['no JSON', '{'], ['a list', '[]'], ['no grid', { ...file, grid: undefined }], ['a path for a grid', { ...file, grid: '../x' }], ['no address', { ...file, temporal: 1 }], ['no number', { ...file, numbersBelow: '9' }],
  ['a number that was never given', { ...file, agents: { x: 1_000 } }], ['agents that are none', { ...file, agents: { x: 'one' } }],
])('refused by the name of the file: %s', (_, text) => {
  expect(refused(() => readMachinesFile(typeof text === 'string' ? text : JSON.stringify(text)))).toMatchObject({ status: 400, code: 'broken_model', message: expect.stringMatching(/^machines\.json: /) });
});

test('numbers are written down long before they are given, and seldom', () => {
  fc.assert(fc.property(fc.nat(1e6), fc.nat(1e6), (next, had) => {
    const block = blockAbove(next, had);
    expect(block - next).toBeGreaterThanOrEqual(500);
    expect(blockAbove(next, block)).toBe(block);
    expect(block).toBeGreaterThanOrEqual(Math.min(had, next));
  }));
});

test('a machine is looked for where its node is; a node that nobody can place is said, and not looked for', () => {
  const hrd = parseHrd("service.category = node\n\nservice.offers = execute, upload, download\n\nservice.machine.connector = 'ssh://ops@h1?key=$(producer.sshkey.param.path)'\n\nproducer.sshkey = main\n");
  const node = (instance: string) => ({ domain: 'grid', name: 'node.ssh', instance, path: `grid__node.ssh__${instance}`, parent: null, hrd, files: {} });
  const world = new Map([['grid__node.ssh__n1', node('n1')]]);
  expect(planAdopt(world, { '': 0, 'grid__node.ssh__n1': 1, 'grid__node.ssh__n2': 2 }).machines).toMatchObject([
    { node: '', compute: 'host', agent: 0 }, { node: 'grid__node.ssh__n1', agent: 1, problem: { code: 'no_producer' } }, { node: 'grid__node.ssh__n2', agent: 2, problem: { code: 'service_not_found' } }]);
});

test('nothing is done to services of which nobody knows how they are', () => {
  const task = (node: string | null) => ({ machines: [], tasks: [{ path: 'a__b__c', after: [], verb: 'stop' as const, node }] });
  expect(objectToUnadopted(task(null), { '': 0 })).toMatchObject({ status: 409, code: 'not_adopted' });
  expect(objectToUnadopted(task('n1'), { n1: 1 })).toMatchObject({ code: 'not_adopted' });
  expect(objectToUnadopted(task(null), { n1: 1 })).toBeUndefined();
  expect(objectToUnadopted({ machines: [{ node: 'n1', compute: 'x', cpu: 1, memMiB: 1 }], tasks: [] }, { n1: 1 })).toMatchObject({ code: 'not_adopted' });
});
