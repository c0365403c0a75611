import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMesosConnector } from '../../../activities/machines/mesos/connector';
import { TRACE_NAMES } from '../../mesos/support/traces';

const page = readFileSync(join(__dirname, '../../../docs/mesos.md'), 'utf8');
const firsts = (heading: string): string[] => [...page.slice(page.indexOf(heading)).split('\n## ')[0]!.matchAll(/^\| `([^`]+)` \|/gm)].map(([, first]) => first!);

test('the page has every recording, each with the tests that replay it', () => {
  expect(firsts('## What it is held to')).toEqual([...TRACE_NAMES].sort());
  const tests = new Set([...page.matchAll(/\| ([\w, ]+) \|$/gm)].flatMap(([, cell]) => cell!.split(', ')).filter((name) => /_traces$|^emulator$|^offers$/.test(name)));
  for (const name of tests) expect(readFileSync(join(__dirname, `${name}.test.ts`), 'utf8')).toMatch(/TRACE_NAMES|readTrace/);
});

test('the page has every parameter of the connector, and the connectors that it shows can be read', () => {
  const [one, two, ...parameters] = firsts('## The connector');
  for (const connector of [one!, two!]) expect(readMesosConnector('dc1', connector).role).toBe('*');
  try {
    readMesosConnector('dc1', 'mesos://a?x=1');
  } catch (error) {
    expect((error as { problem: { fix: string } }).problem.fix).toBe(`It has ${parameters.join(', ')}.`);
  }
  expect.assertions(3);
});
