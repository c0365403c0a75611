import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRepository } from '../activities/environment/repository';
import { checksumOf } from '../activities/environment/differences';
import { readServices } from '../activities/environment/read_services';
import { compareModel } from '../model/environment/compare';
import { indexOf } from '../model/environment/environment_state';
import { orderOf } from '../model/environment/order';
import { planApply } from '../model/environment/plan_run';
import type { Bench } from './figure';

const PARENTS = 100;
const LEVELS = 5;
const LIMIT_MS = 1_000;
/** A service in the middle of the model, and how many elsewhere have its port among their own values. */
const SHELF_AT = [50, 2] as const;
const SHELF = [0, 1, 2].map((level) => `bench__level${level}__n50`).join('/');
const CONSUMERS = 3;

/**
 * A model of 500 services in five levels, each service depending on one beside it: read from its files, put in order and
 * listed; and, after one was edited, the plan that makes what runs equal to it, which must touch only what depends on it.
 */
export const environment: Bench = {
  name: 'environment',
  async run({ later }) {
    const home = mkdtempSync(join(tmpdir(), 'grid-bench-'));
    later(async () => rmSync(home, { recursive: true, force: true }));
    const root = join(home, 'environment', 'services');
    write(root);
    const repository = await openRepository({ gridHome: home, grid: 'bench' }, new AbortController().signal);
    const began = performance.now();
    const model = await readServices(repository);
    const ordered = orderOf(model, [...model.keys()]);
    const { services } = indexOf(model, [], '');
    const wholeMs = performance.now() - began;
    const real = [...model.values()].map((service) => ({ path: service.path, checksum: checksumOf(model, service), wanted: 'started' }));
    editShelf(root);
    const edited = await readServices(repository);
    const planned = performance.now();
    const { tasks } = planApply(edited, compareModel(edited, real, checksumOf), checksumOf);
    return [
      { what: `read, order and list ${services.length} services in ${LEVELS} levels`, value: wholeMs, unit: 'ms', limit: LIMIT_MS, note: `${ordered.length} in order` },
      { what: 'plan what a change of one of them takes', value: performance.now() - planned, unit: 'ms', limit: LIMIT_MS },
      { what: 'services that this plan touches', value: tasks.length, unit: 'services', limit: 1 + CONSUMERS, note: `it and the ${CONSUMERS} that have its value` },
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
      const consumed = level === LEVELS - 1 && i < CONSUMERS ? `producer.shelf = '${SHELF}'\n\nservice.store = '$(producer.shelf.param.port)'\n\n` : '';
      writeFileSync(join(path, 'service.hrd'), `${needs}${consumed}instance.param.port = '${9_000 + i}'\n\nservice.category = ${pathOf(root, SHELF_AT) === path ? 'shelf' : 'part'}\n\nservice.process.1 =\n    cmd:node,\n    ports:'$(instance.param.port)',\n`);
    }
  }
}

const pathOf = (root: string, [i, level]: readonly [number, number]): string => join(root, ...Array.from({ length: level + 1 }, (_, one) => `bench__level${one}__n${i}`));

/** As a person would, in its file. */
function editShelf(root: string): void {
  const file = join(pathOf(root, SHELF_AT), 'service.hrd');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/'9\d\d\d'/, "'9999'"));
}
