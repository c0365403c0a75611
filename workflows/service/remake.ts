import { instanceId } from '../../model/ids';
import type { Remake } from '../../model/services/messages';
import { currentGeneration, type KnownInstance } from '../../model/services/service_state';
import { tell } from '../lifecycle/tell';
import type { ServiceRun } from './service_run';

/** Tells instances what they are to be made of from now on. */
export async function remake({ state }: ServiceRun, instances: readonly KnownInstance[]): Promise<void> {
  if (instances.length === 0) return;
  const { number: generation, recipe, data } = currentGeneration(state);
  const making: Remake = { generation, recipe: { name: recipe.name, checksum: recipe.checksum }, data };
  for (const one of instances) one.told = generation;
  await Promise.all(instances.map((i) => tell(instanceId(state.service, i.instance), 'remake', making)));
}
