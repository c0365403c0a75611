import type { Exported } from '../../model/environment/environment_state';
import { locationOf } from '../../model/environment/journal';
import type { OrderIs } from '../../model/environment/orders';
import { fetchStep, machineStep } from '../../model/environment/run';
import { effects } from '../lifecycle/effects';
import { runStep } from '../lifecycle/run_step';
import { adopt } from './adopt';
import { changeModel } from './change_model';
import type { EnvironmentRun } from './environment_run';
import { releaseMachine, startAgent } from './machines';
import { perform } from './perform';
import { tryStep } from './try_step';

const FETCH_TIMEOUT_MS = 300_000;

/** Machines one after the other; services as soon as all before them are done, those that do not need one another side by side. */
export async function carryOut(run: EnvironmentRun): Promise<void> {
  if (run.state.request.verb === 'adopt') return adopt(run);
  const { tasks, machines, domains = [], removed, released, journal } = run.state.plan!;
  await Promise.all(domains.map((domain) => fetchTemplates(run, domain)));
  for (const machine of machines) await runStep(run, machineStep(machine), async () => void (await startAgent(run, machine)));
  await Promise.all(tasks.map((task, i) => perform(run, task, i)));
  if (journal) await runStep(run, 'model', async () => void (await changeModel(run, { exported: tasks.map(({ path }) => exportedOf(run.state.said[path], path)) })));
  if (removed.length + released.length === 0 || tasks.some((task) => run.state.said[task.path]?.state === 'failed')) return;
  await runStep(run, 'model', async () => {
    if (removed.length > 0) await changeModel(run, { remove: removed, released });
    for (const node of released) await releaseMachine(node);
  });
}

const fetchTemplates = (run: EnvironmentRun, domain: string): Promise<void> => tryStep(run, fetchStep(domain), async (step) => {
  step.output = await effects({ summary: `fetch templates of ${domain}`, timeoutMs: FETCH_TIMEOUT_MS, attempts: 2 }).fetchDomain({ domain });
});

const exportedOf = (said: OrderIs | undefined, path: string): Exported => ({ path, state: said?.state === 'done' ? 'OK' : 'ERROR', location: locationOf(said?.result) });
