import { instanceId, agentId } from '../../../model/ids';
import { ruleOf, type CapacityState } from '../../../model/services/capacity_state';
import type { KnownInstance } from '../../../model/services/service_state';
import { NO_MAX } from '../../../model/services/wish';
import type { Grid } from '../../http/grid';
import { agentBeat } from '../../services/agent_beat';
import { Breaking, Facts, LinkTo, pairs, Table, Word } from '../parts';
import type { Shown } from '../shown';
import { scaledByParts, type Measured } from './scaled_by';

/** What of so many instances is measured is looked at; each is a question of its own. */
const MOST_MEASURED = 20;

/** What a service is to be, what it consists of, what is measured there and what the capacity planner makes of it. */
export async function serviceParts(grid: Grid, life: Shown, rules: CapacityState | undefined) {
  const instances = (life.instances ?? []) as KnownInstance[];
  const { service } = life.wish!;
  const looked = instances.slice(0, MOST_MEASURED);
  const measured = await measuredOf(grid, service, looked);
  const scaled = rules && ruleOf(rules, service);
  return (
    <>
      <Wish life={life} />
      <Instances service={service} instances={instances} grid={grid} />
      {scaled ? await scaledByParts(grid, service, scaled.rule, looked.map(({ instance }) => instance), measured) : <p>No rule scales it.</p>}
      <MeasuredValues service={service} measured={measured} more={instances.length - MOST_MEASURED} />
    </>
  );
}

/** By number of instance, as their agents last said. */
async function measuredOf(grid: Grid, service: string, instances: readonly KnownInstance[]): Promise<Map<number, Measured>> {
  const found = await Promise.all(instances.map(async ({ instance, agent }) => {
    const beat = await agentBeat(grid, agent);
    const vitals = beat?.details?.instances?.find((one) => one.service === service && one.instance === instance);
    return [instance, vitals && { ...vitals, toldAt: beat!.at }] as const;
  }));
  return new Map(found.flatMap(([instance, vitals]) => (vitals ? [[instance, vitals]] : [])));
}

function Wish({ life: { wish, generations = [], recommendation, held = {} } }: { life: Shown }) {
  const { planned, min, max } = wish!;
  const now = generations.at(-1);
  return (
    <section id="wish" aria-labelledby="wish-name">
      <h2 id="wish-name">Wanted</h2>
      <Facts facts={[
        ['instances', `${planned}`], ['allowed', max === NO_MAX ? `from ${min} on` : `${min} to ${max}`], ['recipe', now && `${now.recipe}, generation ${now.number}`], ['data', pairs(now?.data ?? {})],
        ['elsewhere', Object.entries(held).map(([compute, { wanted, running }]) => `${compute}: ${running ?? '?'} of ${wanted}`).join(', ')],
        ['capacity planner', recommendation?.message],
      ]} />
    </section>
  );
}

const Instances = ({ service, instances, grid: { caller } }: { service: string; instances: readonly KnownInstance[]; grid: Grid }) => (
  <Table
    id="instances" name="Instances" none="There is none."
    columns={[{ title: 'Instance' }, { title: 'State' }, { title: 'Agent' }, { title: 'Agent state', wide: true }, { title: 'Generation', right: true, wide: true }, { title: 'Reason' }]}
    rows={instances.map((one) => [
      <LinkTo id={instanceId(service, one.instance)} caller={caller} />, <Word>{one.blocked ? 'blocked' : one.progress}</Word>, <LinkTo id={agentId(one.agent)} caller={caller} />, <Word>{one.agentProgress}</Word>,
      one.generation || '', [one.leaving ? 'leaving' : '', one.reason].filter(Boolean).join(': '),
    ])}
  />
);

interface MeasuredAt {
  service: string;
  measured: ReadonlyMap<number, Measured>;
  /** So many are not looked at. */
  more: number;
}

/** What is measured, instance by instance. Where it was lately is drawn by the page's script. */
function MeasuredValues({ service, measured, more }: MeasuredAt) {
  const values = [...measured].flatMap(([instance, { health, values: all }]) => Object.entries(all).map(([name, value]) => ({ id: instanceId(service, instance), health, name, value })));
  return (
    <>
      <Table
        id="measured" name="Measured" none="Nothing is measured: no agent has said anything yet."
        columns={[{ title: 'Instance' }, { title: 'Health', wide: true }, { title: 'Value', whole: true }, { title: 'Now', right: true }, { title: 'Lately' }]}
        rows={values.map(({ id, health, name, value }) => [
          <Breaking>{id}</Breaking>, <Word>{health}</Word>, name, String(value), typeof value === 'number' ? <span data-trace={`${id} ${name}`} data-value={String(value)}></span> : '',
        ])}
      />
      {more > 0 ? <p class="none">Of {more} more it is on their own pages.</p> : null}
    </>
  );
}
