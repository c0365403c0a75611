import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';

const DIR = join(__dirname, '../histories');
const WORKFLOWS = [
  'agent', 'capacityPlanner', 'capacityRules', 'cluster', 'compute', 'deploymentPlanner', 'instance', 'launchCluster', 'machineCall', 'product', 'service',
];
const histories = readdirSync(DIR).filter((f) => f.endsWith('.json'));
const bundle = { codePath: process.env.GRID_TEST_WORKFLOW_BUNDLE! };

/** Recorded from real runs by `npm run record-histories`; a change that breaks one needs `patched()`. */
test.each(histories)('the code of today goes the way that was recorded: %s', async (file) => {
  const history = historyFromJSON(JSON.parse(readFileSync(join(DIR, file), 'utf8')));
  await Worker.runReplayHistory({ workflowBundle: bundle }, history);
});

test('every workflow type has a recorded history', () => {
  expect(WORKFLOWS.filter((w) => !histories.some((f) => f.startsWith(`${w}.`)))).toEqual([]);
});

test('a history that today\'s code would not have made is noticed', async () => {
  const text = readFileSync(join(DIR, histories.find((f) => f.startsWith('cluster.'))!), 'utf8').replaceAll('startMachines', 'startSomethingElse');
  await expect(Worker.runReplayHistory({ workflowBundle: bundle }, historyFromJSON(JSON.parse(text)))).rejects.toThrow(/TMPRL1100|[Nn]ondeterminism/);
});
