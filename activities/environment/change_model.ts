import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Context } from '@temporalio/activity';
import { objectToPlan } from '../../model/command_plan';
import { planOfApply } from '../../model/environment/apply_plan';
import type { Environment, ModelledService, Template } from '../../model/environment/environment';
import { indexOf, type ChangeModel, type Exported, type ModelIndex } from '../../model/environment/environment_state';
import { journalName, withExport, writeJournal } from '../../model/environment/journal';
import { objectToUnadopted, planAdopt } from '../../model/environment/plan_adopt';
import { planFetch } from '../../model/environment/plan_fetch';
import { planApply, planRun, type PlannedRun } from '../../model/environment/plan_run';
import { isProblem } from '../../model/errors';
import type { RunPlan, RunRequest } from '../../model/environment/run';
import { writeHrd } from '../../model/hrd/write';
import { writeWhole } from '../machines/process/directory';
import { ProblemError } from '../problem_error';
import type { Surroundings } from '../surroundings';
import { aboutModel } from './about_model';
import { checksumOf, differencesOf } from './differences';
import { readDomains } from './domains';
import { readServices } from './read_services';
import { askPlanner, recordMachines } from './record_machines';
import { readTemplates } from './read_templates';
import { commit, openRepository, SERVICES, type Repository } from './repository';
import { takeNumber } from './take_agent';

export interface ChangedModel {
  plan: RunPlan | null;
  index: ModelIndex;
}

/**
 * Plans a command on the model as it is now, and writes what it changes as one commit that says who and why (A-36). Done
 * again it finds itself done. With `remove`, takes those services out.
 * @throws ProblemError of the model, its templates and the command; nothing is changed then
 */
export const changeModel = (around: Surroundings) => (change: ChangeModel): Promise<ChangedModel> => aboutModel(async () => {
  const repository = await openRepository(around, Context.current().cancellationSignal);
  const [environment, { templates, unfetched }] = await Promise.all([readServices(repository), readTemplates(around, repository)]);
  const { run, request, remove, released, exported } = change;
  if (exported) {
    const paths = await writeJournals(repository, environment, run, exported);
    const head = await commit(repository, { paths, title: titleOf(request.verb, exported.map(({ path }) => path)), actor: request.actor, run });
    return { plan: null, index: indexOf(await readServices(repository), templates, head) };
  }
  if (remove) {
    const paths = remove.filter((path) => environment.has(path)).map((path) => join(SERVICES, path));
    for (const path of paths) await rm(join(repository.path, path), { recursive: true, force: true });
    paths.push(...(await recordMachines(around, repository, released)));
    const head = await commit(repository, { paths, title: titleOf(request.verb, remove.toReversed()), actor: request.actor, run });
    return { plan: null, index: indexOf(await readServices(repository), templates, head) };
  }
  const { written, environment: world, ...plan } = await planned(around, { repository, environment, templates, unfetched }, request);
  for (const service of written) await writeService(repository, service);
  for (const machine of plan.machines) if (request.verb !== 'adopt') await takeNumber(around.client, machine.node);
  const paths = [...written.map(({ path }) => join(SERVICES, path)), ...(await recordMachines(around, repository))];
  const head = await commit(repository, { paths, title: titleOf(request.verb, written.map(({ path }) => path)), actor: request.actor, run });
  return { plan: { ...plan, commit: head }, index: indexOf(world, templates, head) };
});

/** @returns the files that changed */
async function writeJournals({ path: tree }: Repository, environment: Environment, run: string, exported: readonly Exported[]): Promise<string[]> {
  const paths: string[] = [];
  for (const { path, state, location } of exported) {
    const service = environment.get(path);
    if (!service) continue;
    const lines = withExport(service.exports ?? [], { at: Math.floor(Date.now() / 1_000), state, run, location });
    const file = join(SERVICES, path, journalName(service));
    await writeWhole(join(tree, file), writeJournal(lines), 0o600);
    paths.push(file);
  }
  return paths;
}

interface Model {
  repository: Repository;
  environment: Environment;
  templates: readonly Template[];
  unfetched: readonly string[];
}

/** @throws ProblemError 409 `not_adopted` for what may run where nobody has looked yet */
async function planned(around: Surroundings, { repository, environment, templates, unfetched }: Model, request: RunRequest): Promise<PlannedRun> {
  if (request.verb === 'mdupdate') return planFetch(environment, await readDomains(repository), request);
  const { inherited = {} } = await askPlanner(around.client);
  if (request.verb === 'adopt') return planAdopt(environment, inherited);
  const plan = request.verb === 'apply' ? await planDifferences(around, repository, environment, request.expect) : sayUnfetched(unfetched, () => planRun(environment, templates, request, checksumOf));
  const objection = objectToUnadopted(plan, inherited);
  if (objection) throw new ProblemError(objection);
  return plan;
}

/** Whoever finds no template may have forgotten something. */
function sayUnfetched(unfetched: readonly string[], plan: () => PlannedRun): PlannedRun {
  try {
    return plan();
  } catch (error) {
    if (!isProblem(error) || error.code !== 'template_not_found' || unfetched.length === 0) throw error;
    throw new ProblemError({ ...error, message: error.message, fix: `\`grid ays mdupdate\` fetches those of ${unfetched.join(', ')}. ${error.fix}` });
  }
}

/** @throws ProblemError 409 `world_moved` when what was shown is not what would be done */
async function planDifferences(around: Surroundings, repository: Repository, environment: Environment, expect: string | undefined): Promise<PlannedRun> {
  const { differences, made } = await differencesOf(around, repository, environment);
  const objection = expect === undefined ? undefined : objectToPlan(planOfApply([...environment.keys()], differences, made), expect);
  if (objection) throw new ProblemError(objection);
  return planApply(environment, differences, checksumOf);
}

/** Files that the template has no more go; those that a person added stay. */
async function writeService({ path: tree }: Repository, { path, hrd, files }: ModelledService): Promise<void> {
  const directory = join(tree, SERVICES, path);
  for (const [name, text] of Object.entries({ ...files, 'service.hrd': writeHrd(hrd, { sorted: true }) })) {
    await mkdir(dirname(join(directory, name)), { recursive: true, mode: 0o700 });
    await writeWhole(join(directory, name), text, text.startsWith('#!') ? 0o700 : 0o600);
  }
}

const titleOf = (verb: string, paths: readonly string[]): string => {
  const [first, ...rest] = paths.toReversed();
  if (first === undefined) return `${verb}: where machines are`;
  return `${verb} ${first.slice(first.lastIndexOf('/') + 1)}${rest.length > 0 ? ` and ${rest.length} more` : ''}`;
};
