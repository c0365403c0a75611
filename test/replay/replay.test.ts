import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import * as workflows from '../../workflows';
import { replayErrors } from '../../workers/replay_errors';
import { TODAY } from '../support/replayed';

const DIR = join(__dirname, '../histories');
const histories = readdirSync(DIR).filter((f) => f.endsWith('.json'));

const historyIn = (text: string) => historyFromJSON(JSON.parse(text));
const read = (file: string) => readFileSync(join(DIR, file), 'utf8');
const replayed = (...texts: [workflowId: string, text: string][]) => replayErrors(TODAY, texts.map(([workflowId, text]) => ({ workflowId, history: historyIn(text) })));

let wrong: Map<string, Error>;
/** A second for each, and more on a machine that has other tests to do. */
const ALL_MS = 400_000;
beforeAll(async () => {
  wrong = await replayed(...histories.map((file): [string, string] => [file, read(file)]));
}, ALL_MS);

/** Recorded from real runs by `npm run record-histories`; a change that breaks one needs `patched()`. */
test.each(histories)('the code of today goes the way that was recorded: %s', (file) => {
  expect(wrong.get(file)).toBeUndefined();
});

test('every workflow type has a recorded history', () => {
  expect(Object.keys(workflows).filter((w) => !histories.some((f) => f.startsWith(`${w}.`)))).toEqual([]);
});

test('a history that today\'s code would not have made is noticed, and those after it are gone through all the same', async () => {
  const [changed, sound] = histories.filter((f) => f.startsWith('cluster.')).slice(0, 2) as [string, string];
  const other = read(changed).replaceAll('startMachines', 'startSomethingElse');
  const found = await replayed([changed, other], [sound, read(sound)], ['again', other]);
  expect([...found.keys()]).toEqual([changed, 'again']);
  for (const error of found.values()) expect(error.message).toMatch(/TMPRL1100|[Nn]ondeterminism/);
});
