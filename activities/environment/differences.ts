import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { planOfApply } from '../../model/environment/apply_plan';
import { compareModel, type RealInstance } from '../../model/environment/compare';
import type { Environment, ModelledService } from '../../model/environment/environment';
import { indexOf, type LookAtModel, type LookedAt, type SeenDifferences } from '../../model/environment/environment_state';
import { filesOf } from '../../model/environment/files_of';
import { ENVIRONMENT_ID } from '../../model/ids';
import type { Summary } from '../../model/lifecycle';
import { SUMMARY } from '../../model/messages';
import { valueOf } from '../../process/payload';
import { git } from '../git';
import { recipeChecksum } from '../instances/recipe_files';
import type { Surroundings } from '../surroundings';
import { aboutModel } from './about_model';
import { readServices } from './read_services';
import { readTemplates } from './read_templates';
import { recordMachines } from './record_machines';
import { commit, headOf, openRepository, SERVICES, type Repository } from './repository';

export const checksumOf = (environment: Environment, service: ModelledService): string => recipeChecksum(filesOf(environment, service));

/** What the model and what really runs differ in. */
export async function differencesOf({ client }: Pick<Surroundings, 'client'>, repository: Repository, environment: Environment): Promise<SeenDifferences> {
  const differences = compareModel(environment, await realInstances(client), checksumOf);
  const { stdout } = await git(repository.path, ['status', '--porcelain=v1', '--untracked-files=all', '-z', '--', SERVICES], { signal: repository.signal });
  const edited = stdout.split('\0').filter(Boolean).map((line) => line.slice(3));
  const made = Object.fromEntries(differences.map(({ path }) => [path, environment.has(path) ? checksumOf(environment, environment.get(path)!) : '']));
  return { edited, differences, made, token: planOfApply([], differences, made).hash };
}

async function realInstances(client: Client): Promise<RealInstance[]> {
  const found: RealInstance[] = [];
  for await (const { raw } of client.workflow.list({ query: "WorkflowType = 'modelledInstance' AND ExecutionStatus = 'Running'" })) {
    const summary = await valueOf<Summary>(client, raw.memo?.fields?.[SUMMARY]);
    if (!summary) continue;
    const { detail } = summary;
    found.push({ path: String(detail.service), checksum: String(detail.checksum), wanted: String(detail.wanted) });
  }
  return found;
}

/** The model as it is now, and what it and what runs differ in. @throws ProblemError of a model that cannot be read */
export const lookAtModel = (around: Surroundings) => ({ record }: LookAtModel = {}): Promise<LookedAt> => aboutModel(async () => {
  const repository = await openRepository(around, Context.current().cancellationSignal);
  if (record) await commit(repository, { paths: await recordMachines(around, repository), title: 'where machines are', actor: 'grid', run: ENVIRONMENT_ID });
  const [environment, { templates }, head] = await Promise.all([readServices(repository), readTemplates(around, repository), headOf(repository)]);
  return { ...(await differencesOf(around, repository, environment)), index: indexOf(environment, templates, head) };
});
