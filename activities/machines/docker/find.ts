import type { Machine } from '../../../model/machine';
import { checkId } from '../check_machine';
import { containerOf, containersOwnedBy } from './containers';
import type { Engine } from './engine';
import { machineView } from './machine_view';

/** See `Driver.find`. */
export async function find(engine: Engine, id: string): Promise<Machine | undefined> {
  checkId(id);
  const container = await containerOf(engine, id);
  return container && machineView(engine, container);
}

/** See `Driver.list`; in the order of their ids. */
export async function list(engine: Engine, owner?: string): Promise<Machine[]> {
  const machines = await Promise.all((await containersOwnedBy(engine, owner)).map((container) => machineView(engine, container)));
  return machines.sort((a, b) => (a.id < b.id ? -1 : 1));
}
