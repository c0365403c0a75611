import fc from 'fast-check';
import { createColors } from 'picocolors';
import type { ComputeView, Machine, Shown, Summary } from '../../cli/wire';
import { failureText } from '../../cli/render/failure';
import { clustersTable, computesTable, lifecyclesTable, machinesTable, productsTable } from '../../cli/render/lists';
import { nodesTable, rolesTable } from '../../cli/render/nodes';
import type { Paper } from '../../cli/render/paper';
import { productText } from '../../cli/render/product';
import { progressFrame } from '../../cli/render/progress';
import { outputText, showText } from '../../cli/render/show';
import { statusText } from '../../cli/render/status';
import { countsOf, needsAPerson } from '../../model/attention';
import { stepsTable } from '../../cli/render/steps';
import { shrink, table } from '../../cli/render/table';
import { clean, cleanLines, fit, widthOf } from '../../cli/render/text';
import { since, span, until } from '../../model/time';
import { at, blockedAtConfigure, lastKnown, lostANode, newReference, reachedReady, shown, summaryOf, T0 } from '../support/cli_documents';

const paper = (width = Infinity, color = false): Paper => ({ width, now: T0 + 90_000, grid: 'grid', color: createColors(color) });

/** Text as hostile data may hold it: wide letters, marks, emoji, colours, cursor moves, lone surrogates, line breaks. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.array(fc.constantFrom('a', ' ', '漢', 'é', '👩‍👩‍👧', '\u0301', '\x1b[31m', '\x1b[2J', '\x1b]0;x\x07', '\n', '\t', '\u202e', '\ud83d', '…', 'ﷺ', '🇩🇪', '\x9b2J', '\u200d'), { maxLength: 40 }).map((parts) => parts.join('')),
);
const width = fc.integer({ min: 40, max: 200 });

const wide = (text: string, columns: number): string[] => text.split('\n').filter((line) => widthOf(line) > columns);

test('no table is wider than its paper and no row takes two lines, whatever is in it', () => {
  const cells = fc.integer({ min: 1, max: 9 }).chain((columns) =>
    fc.record({ rows: fc.array(fc.array(nasty, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 6 }), keep: fc.array(fc.boolean(), { minLength: columns, maxLength: columns }) }),
  );
  fc.assert(
    fc.property(cells, fc.integer({ min: 1, max: 200 }), fc.boolean(), ({ rows, keep }, columns, color) => {
      const titles = keep.map((k, i) => ({ title: `COLUMN ${i}`, keep: k }));
      const text = table(titles, rows, paper(columns, color));
      expect(wide(text, columns)).toEqual([]);
      if (rows.some((row) => row.some((cell) => clean(cell)))) expect(text.split('\n')).toHaveLength(rows.length + 1);
    }),
    { numRuns: 400 },
  );
});

const nastySummary = fc.tuple(nasty, nasty, nasty).map(([reason, step, description]): Summary => ({
  ...summaryOf(blockedAtConfigure()), reason, step, conditions: [{ type: 'Blocked', reason }], detail: { ...summaryOf(reachedReady()).detail, description, compute: step },
}));

test('every list, table and live frame stays within 40 to 200 columns', () => {
  const machine = (text: string): Machine => ({ id: 'm-1', compute: text, owner: 'cluster/test/reference/1.0.0/1', node: text, generation: 1, state: 'dead', host: text, address: '127.77.0.1', ref: { pid: 17, dir: text }, startedAt: at(0) });
  const compute = (text: string): ComputeView => ({ name: text, driver: text, state: text, conditions: [], hosts: 3, cpuUsed: 0.30000000000000004, cpuTotal: 8, owners: 2, waiting: 1 });
  fc.assert(
    fc.property(fc.array(nastySummary, { minLength: 1, maxLength: 4 }), nasty, width, fc.boolean(), (summaries, text, columns, color) => {
      const life = nastyLife(text);
      const on = paper(columns, color);
      const texts = [
        clustersTable(summaries, on), lifecyclesTable(summaries, on), productsTable(summaries, on), machinesTable([machine(text)], on), computesTable([compute(text)], on),
        nodesTable(life.nodes!, on), rolesTable(life.roles!, on), stepsTable(life.steps!, on), progressFrame(life, on, 50, text), progressFrame(lastKnown(blockedAtConfigure()), on, 50),
        statusText({ api: 'http://127.0.0.1:5000', temporal: true, worker: true, counts: countsOf(summaries), waiting: needsAPerson(summaries) }, on),
      ];
      for (const one of texts) expect(wide(one, columns)).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

function nastyLife(text: string): Shown {
  const life = shown(lostANode());
  life.nodes![0]!.host = text;
  life.nodes![1]!.name = text;
  life.roles![0]!.status = text;
  life.conditions[0]!.message = text;
  life.steps![2] = { ...life.steps![2]!, state: 'running', waitingFor: text, progress: { done: 1, total: 2 } };
  return life;
}

test('a live frame never has more lines than the terminal leaves it', () => {
  fc.assert(fc.property(fc.integer({ min: 2, max: 12 }), (rows) => expect(progressFrame(shown(lostANode()), paper(80), rows, 'notice').split('\n').length).toBeLessThan(rows)));
});

test('nothing from outside reaches the terminal as a control', () => {
  const life = { ...nastyLife('\x1b[2J\x1b]0;owned\x07\u202egnirts\r\n'), problem: null };
  const texts = [
    showText(life, paper()), progressFrame(life, paper(80), 30), nodesTable(life.nodes!, paper()),
    outputText({ ...life, steps: [{ ...life.steps![0]!, output: 'one\r\n\x1b[2Jtwo\x07\n' }] }, paper()), failureText({ exit: 1, message: 'a\x1b[2Jb', fix: 'c\x07', evidence: '\x1b[0m\u009b2J' }, paper()),
  ];
  for (const text of texts) expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

test('cutting keeps whole letters and says that it cut', () => {
  expect(fit('abcdef', 4)).toBe('abc…');
  expect(fit('漢字漢字', 4)).toBe('漢…');
  expect(fit('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 4)).toBe('👩‍👩‍👧…');
  expect(fit('abc', 3)).toBe('abc');
  fc.assert(fc.property(nasty.map(clean), fc.integer({ min: 0, max: 60 }), (text, columns) => {
    expect(widthOf(fit(text, columns))).toBeLessThanOrEqual(columns);
  }));
});

test('explanations give way, then go, the reason last; only then do ids lose their ends, and columns go from the right', () => {
  const keep = [true, false, false];
  expect(shrink([20, 30, 40], keep, 94)).toEqual([20, 30, 40]);
  expect(shrink([20, 30, 40], keep, 60)).toEqual([20, 18, 18]);
  expect(shrink([20, 30, 40], keep, 39)).toEqual([20, 0, 17]);
  expect(shrink([20, 30, 40], keep, 29)).toEqual([20, 0, 0]);
  expect(shrink([20, 30, 40], keep, 12)).toEqual([12, 0, 0]);
  expect(shrink([20, 30], [true, true], 30)).toEqual([14, 14]);
  expect(shrink([20, 30, 30], [true, true, true], 9)).toEqual([3, 4, 0]);
  expect(shrink([20], [true], 1)).toEqual([1]);
  expect(shrink([20, 20], [true, false], 0)).toEqual([1, 0]);
});

test('output of a script keeps its lines', () => {
  expect(cleanLines('a\tb\r\n\n c\rd\n')).toEqual(['a    b', '', ' c', 'd']);
});

test('spans of time are said as a person says them', () => {
  expect([0, 440, 9_949, 9_950, 61_000, 180_000, 3 * 3_600_000, 3 * 86_400_000, -5].map(span)).toEqual(['0.0 s', '0.4 s', '9.9 s', '10 s', '61 s', '3 min', '3 h', '3 d', '0.0 s']);
  expect(since(at(0), T0 + 12_000)).toBe('12 s');
  expect(until(at(12), T0)).toBe('in 12 s');
  expect(until(at(-1), T0)).toBe('now');
});

test('a blocked cluster shows what stopped it, what was seen last, and the commands to go on', () => {
  const text = showText(shown(blockedAtConfigure()), paper(100));
  expect(text).toContain('configure is blocked (attempt 1): the orchestrator script ended with 2: cannot reach the licence server');
  expect(text).toContain('  connecting to licence.example\n  cannot reach the licence server');
  expect(text).toContain('fix: Read its output, mend the cause or the script, then retry.');
  const life = shown(blockedAtConfigure());
  life.steps!.find(({ state }) => state === 'blocked')!.lastError!.help = '/docs/runbook/clusters.md#script_failed';
  expect(showText(life, paper(60))).toContain('\nmore: http://127.0.0.1:5000/docs/runbook/clusters.md#script_failed\n');
  for (const verb of ['retry', 'skip', 'abort', 'destroy']) expect(text).toContain(`  grid ${verb} reference/1.0.0/1`);
  expect(text).not.toContain('grid resume');
  expect(text).toMatch(/■ {2}configure +blocked +1 +/);
  expect(text).toMatch(/· {2}await_ready +pending\n/);
});

test('a ready cluster shows its nodes with address and machine, its roles, and what it went through', () => {
  const text = showText(shown(reachedReady()), paper());
  expect(text).toMatch(/^reference\/1\.0\.0\/1 {2}ready\n/);
  expect(text).toContain('registered → scheduling → scheduled → configuring → configured → ready');
  expect(text).toMatch(/example1 +running +host1 +127\.77\.0\.2 +0\.1 +64 +disk1 +admin=127\.77\.0\.2 +clusters--test--reference--1__0__0--1--example1-g1/);
  expect(text).toMatch(/service1 +running +example0 example1 +heap=512/);
});

test('a lost node shows how it ended, the last known state that it is that', () => {
  expect(showText(shown(lostANode()), paper())).toMatch(/Degraded: node example1 ended with SIGKILL: out of memory[^]*example1 +failed [^\n]*SIGKILL/);
  expect(showText(lastKnown(blockedAtConfigure()), paper())).toMatch(/no worker runs: this is the last known state[^]*step +configure: the orchestrator script ended with 2[^]*nodes +2\/2 running/);
});

test('clusters are listed under ids that can be typed, with how many nodes run and what is the matter', () => {
  const rows = clustersTable([summaryOf(reachedReady(2, 3)), summaryOf(blockedAtConfigure()), summaryOf(lostANode())], paper(120)).split('\n');
  expect(rows[1]).toMatch(/^reference\/1\.0\.0\/3 +ready +2\/2 +host +90 s$/);
  expect(rows[2]).toMatch(/^reference\/1\.0\.0\/1 +error during configuration +2\/2 +host +configure +Blocked: the orch.*…? +90 s$/);
  expect(rows[3]).toMatch(/ready +1\/2 +host +Degraded: node_lost/);
  expect(clustersTable([], paper())).toContain('grid products');
});

test('status names first what waits for a person, the blocked before the degraded', () => {
  const lives = [summaryOf(reachedReady()), summaryOf(lostANode()), summaryOf(blockedAtConfigure())];
  const text = statusText({ api: 'http://127.0.0.1:5000', temporal: true, worker: true, counts: countsOf(lives), waiting: needsAPerson(lives) }, paper(120));
  expect(text).toContain('2 lifecycles wait for a person');
  expect(text.indexOf('Blocked')).toBeLessThan(text.indexOf('Degraded'));
  expect(text).toContain('clusters: 2 ready, 1 configuring');
  expect(statusText({ api: 'x', temporal: true, worker: false, counts: {}, waiting: [] }, paper())).toContain('none runs');
});

test('a product is shown as the order form it is, with a command that can be pasted', () => {
  const options = { required: { password: "it's" }, optional: { size: 2 }, advanced: { tags: ['a'] }, descriptions: { size: 'number of nodes' } };
  const text = productText({ name: 'mariadb', version: '10.1.19', description: 'a database' }, options, paper(100));
  expect(text).toMatch(/password +required +e\.g\. it's/);
  expect(text).toMatch(/size +optional +2 +number of nodes/);
  expect(text).toMatch(/tags +advanced +\["a"\]/);
  expect(text).toContain(`grid launch mariadb/10.1.19 password='it'\\''s'`);
});

test('colours are there when asked for and take no room', () => {
  const plain = clustersTable([summaryOf(reachedReady()), summaryOf(newReference())], paper(80));
  const colored = clustersTable([summaryOf(reachedReady()), summaryOf(newReference())], paper(80, true));
  expect(plain).not.toContain('\x1b');
  expect(colored).toContain('\x1b[32mready');
  expect(colored.replaceAll(/\x1b\[\d+m/g, '')).toBe(plain);
});

test('an error says what happened, where, what was seen and what to do', () => {
  expect(failureText({ exit: 1, message: 'size: wanted is a number', field: 'options.size', evidence: '"two"', fix: 'Write size=2.', more: ['second'] }, paper())).toBe(
    'error: size: wanted is a number (options.size)\n       second\n  "two"\nfix: Write size=2.',
  );
});
