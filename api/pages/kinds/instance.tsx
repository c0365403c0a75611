import { agentId, serviceId } from '../../../model/ids';
import { isServicePath } from '../../../model/environment/identity';
import type { Grid } from '../../http/grid';
import { agentBeat } from '../../services/agent_beat';
import { Facts, LinkTo, pairs, Table, Word } from '../parts';
import type { Shown } from '../shown';

/** Where an instance is, how it is, what it is made of and what is measured of it. */
export async function instanceParts(grid: Grid, { service = '', instance, agent, at, making, vitals, properties = {} }: Shown) {
  const { caller } = grid;
  const beat = agent === undefined ? undefined : await agentBeat(grid, agent);
  const now = beat?.details?.instances?.find((one) => one.service === service && one.instance === (instance ?? null)) ?? vitals;
  const values = { ...Object.fromEntries(Object.entries(properties).map(([name, { value }]) => [name, value])), ...now?.values };
  return (
    <>
      <section id="where" aria-labelledby="where-name">
        <h2 id="where-name">Where and what</h2>
        <Facts facts={[
          ['service', isServicePath(service) ? service : <LinkTo id={serviceId(service)} caller={caller} />], ['agent', agent !== undefined && <LinkTo id={agentId(agent)} caller={caller} />],
          ['host', at?.host], ['address', at?.address], ['health', now && <><Word>{now.health}</Word> {now.reason}</>],
          ['recipe', making && `${making.recipe.name}, generation ${making.generation}`], ['data', pairs(making?.data ?? {})],
        ]} />
      </section>
      <Table
        id="measured" name="Measured" none="Nothing is measured." columns={[{ title: 'Value' }, { title: 'Now', right: true }, { title: 'Lately' }]}
        rows={Object.entries(values).map(([name, value]) => [name, String(value), typeof value === 'number' ? <span data-trace={name} data-value={String(value)}></span> : ''])}
      />
      <Table
        id="processes" name="Processes" none="None is known." columns={[{ title: 'Process' }, { title: 'State' }, { title: 'Pid', right: true }, { title: 'Restarts', right: true }, { title: 'Last exit' }]}
        rows={(now?.processes ?? []).map((one) => [one.name, <Word>{one.state}</Word>, one.pid ?? '', one.restarts, one.lastExit ?? ''])}
      />
    </>
  );
}
