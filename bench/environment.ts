import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRepository } from '../activities/environment/repository';
import { readServices } from '../activities/environment/read_services';
import { indexOf } from '../model/environment/environment_state';
import { orderOf } from '../model/environment/order';
import { planRun } from '../model/environment/plan_run';
import type { Bench } from './figure';

const PARENTS = 100;
const LEVELS = 5;
const LIMIT_MS = 1_000;

/**
 * A model of 500 services in five levels, each service depending on one beside it: read from its files, put in order and
 * listed; and a plan for one of them, which must touch only what depends on it.
 */
export const environment: Bench = {
  name: 'environment',
  async run({ later }) {
    const home = mkdtempSync(join(tmpdir(), 'grid-bench-'));
    later(async () => rmSync(home, { recursive: true, force: true }));
    write(join(home, 'environment', 'services'));
    const repository = await openRepository({ gridHome: home, grid: 'bench' }, new AbortController().signal);
    const began = performance.now();
    const model = await readServices(repository);
    const ordered = orderOf(model, [...model.keys()]);
    const { services } = indexOf(model, [], '');
    const wholeMs = performance.now() - began;
    const planned = performance.now();
    const one = [...model.keys()].find((path) => path.split('/').length === LEVELS)!;
    const selection = { name: one.split('/').at(-1)!.split('__')[1]!, instance: one.split('/').at(-1)!.split('__')[2]!, parent: one.slice(0, one.lastIndexOf('/')) };
    const { tasks } = planRun(model, [], { verb: 'restart', actor: 'bench', selection, nodeps: true }, () => '');
    return [
      { what: `read, order and list ${services.length} services in ${LEVELS} levels`, value: wholeMs, unit: 'ms', limit: LIMIT_MS, note: `${ordered.length} in order` },
      { what: 'plan a change of one of them', value: performance.now() - planned, unit: 'ms', limit: LIMIT_MS },
      { what: 'services that this plan touches', value: tasks.length, unit: 'services', limit: 1 },
    ];
  },
};

function write(root: string): void {
  for (let i = 0; i < PARENTS; i++) {
    let path = root;
    for (let level = 0; level < LEVELS; level++) {
      path = join(path, `bench__level${level}__n${i}`);
      mkdirSync(path, { recursive: true });
      const needs = level === 0 && i > 0 ? `service.dependencies.1 =\n    name:level0,\n    instance:n${i - 1},\n\n` : '';
      writeFileSync(join(path, 'service.hrd'), `${needs}instance.param.port = '${9_000 + i}'\n\nservice.category = part\n\nservice.process.1 =\n    cmd:node,\n    ports:'$(instance.param.port)',\n`);
    }
  }
}
