import { createColors } from 'picocolors';
import { endText } from '../../cli/render/launched';
import type { Paper } from '../../cli/render/paper';
import { pathText, progressFrame, progressLines } from '../../cli/render/progress';
import type { Shown } from '../../cli/wire';
import { CLUSTER_OPERATIONS } from '../../model/cluster';
import { at, blockedAtConfigure, end, lostANode, newReference, reachedReady, shown, start, T0 } from '../support/cli_documents';

const paper: Paper = { width: 100, now: T0 + 3_000, grid: 'grid', color: createColors(false) };

/** Every document of a launch, one for each change. */
function launch(): Shown[] {
  const state = newReference();
  const documents = [shown(state)];
  for (const { name } of CLUSTER_OPERATIONS.launch) {
    start(state, name);
    documents.push(shown(state));
    if (name === 'start_machines') {
      for (const done of [1, 2]) {
        const document = shown(state);
        document.steps![1]!.progress = { done, total: 2 };
        documents.push(document);
      }
    }
    end(state, name);
    documents.push(shown(state));
  }
  return documents;
}

const told = (documents: Shown[]): string[] => documents.flatMap((life, i) => progressLines(documents[i - 1], life)).map((line) => line.replace(/^ *[\d.]+ s {2}/, ''));

test('where there is no terminal, each change is one line, the seven states and the nodes placed among them', () => {
  expect(told(launch())).toEqual(['registered', 'scheduling', 'scheduling 1/2 (start_machines)', 'scheduling 2/2 (start_machines)', 'scheduled', 'configuring', 'configured', 'ready']);
});

test('states that went by between two looks are told all the same, and a look that brings nothing tells nothing', () => {
  const documents = launch();
  expect(told([documents[0]!, documents.at(-1)!])).toEqual(['registered', 'scheduling', 'scheduled', 'configuring', 'configured', 'ready']);
  expect(progressLines(documents.at(-1), documents.at(-1)!)).toEqual([]);
});

test('a line begins with the time since the operation began', () => {
  expect(progressLines(undefined, shown(reachedReady()))).toEqual([
    '  0.0 s  registered', '  0.0 s  scheduling', '  1.4 s  scheduled', '  1.4 s  configuring', '  2.5 s  configured', '  2.6 s  ready',
  ]);
});

test('what stops or holds up a launch is told once: the block, a lost node, a reason to wait', () => {
  const running = launch()[6]!;
  const blocked = shown(blockedAtConfigure());
  expect(told([running, blocked, blocked]).slice(-1)).toEqual(['configure is blocked (attempt 1): the orchestrator script ended with 2: cannot reach the licence server']);
  const lost = shown(lostANode());
  expect(told([shown(reachedReady()), lost, lost]).slice(-2)).toEqual(['Degraded: node example1 ended with SIGKILL: out of memory', 'node example1 failed SIGKILL']);
  const waiting = launch()[1]!;
  waiting.steps![0]!.waitingFor = 'cpu: needs 3, 1 of 8 free on host1';
  expect(told([launch()[1]!, waiting, waiting]).slice(-1)).toEqual(['scheduling (place, cpu: needs 3, 1 of 8 free on host1)']);
});

test('the path shows where it came through, how far it is, and that it goes on', () => {
  const [first, , , , one] = launch();
  expect(pathText(first!)).toBe('registered → …');
  expect(pathText(one!)).toBe('registered → scheduling 1/2 → …');
  expect(pathText(launch().at(-1)!)).toBe('registered → scheduling → scheduled → configuring → configured → ready');
  expect(pathText(launch().at(-1)!, 40)).toBe('… → configuring → configured → ready');
  expect(pathText(launch().at(-1)!, 9)).toBe('… → ready');
});

test('a frame shows each step with its mark, its time, its attempt and its next try', () => {
  const life = launch()[4]!;
  Object.assign(life.steps![1]!, { attempt: 2, lastError: { message: 'no fork' }, nextTryAt: at(15) });
  expect(progressFrame(life, paper, 24).split('\n')).toEqual([
    'reference/1.0.0/1  registered → scheduling 1/2 → …',
    '  ✔  place           0.1 s',
    '  ▶  start_machines  1/2 · 2.9 s  attempt 2, last error: no fork, next try in 12 s',
    '  ·  configure',
    '  ·  await_ready',
  ]);
});

const addresses = { api: 'http://127.0.0.1:5000/bigdata/api/v1/clusters/test/reference/1.0.0/1', temporal: 'http://127.0.0.1:8233/w' };

test('after ready it says where the cluster is, in the API and in Temporal, and how to look at it and destroy it', () => {
  expect(endText(shown(reachedReady()), { exit: 0, is: 'reached' }, addresses, paper)).toBe(
    `reference/1.0.0/1 is ready after 2.6 s
  API       ${addresses.api}
  Temporal  ${addresses.temporal}
  look      grid show reference/1.0.0/1
  destroy   grid destroy reference/1.0.0/1`,
  );
});

test('when it is blocked it says why, with the last output, and every way on', () => {
  const text = endText(shown(blockedAtConfigure()), { exit: 3, is: 'blocked' }, addresses, paper);
  expect(text).toContain('configure is blocked (attempt 1): the orchestrator script ended with 2');
  expect(text).toContain('  cannot reach the licence server');
  for (const command of ['grid retry', 'grid skip', 'grid abort', 'grid destroy']) expect(text).toContain(`${command} reference/1.0.0/1`);
  expect(text).toContain('grid show reference/1.0.0/1 --output');
});
