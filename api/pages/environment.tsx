import { instanceId } from '../../model/ids';
import type { Caller } from '../../model/access';
import { readServices } from '../environment/list_services';
import { page } from './page';
import { LinkTo, Table, Word } from './parts';

type Service = Awaited<ReturnType<typeof readServices>>['services'][number];

/** The services of the environment below their parents, how each is, what it takes from whom, and what differs from the model. */
export const environmentPage = page({ method: 'get', path: '/ui/environment' }, async (_c, _input, grid) => {
  const { model, services } = await readServices(grid);
  const { caller } = grid;
  return {
    title: 'Environment', events: '/api/v1/events',
    body: (
      <>
        <h1>Environment</h1>
        <p>{model.index.commit ? <>The model is at commit <code>{model.index.commit.slice(0, 12)}</code>.</> : 'The model is empty.'}</p>
        <section id="tree" aria-labelledby="tree-name">
          <h2 id="tree-name">Services</h2>
          {services.length === 0 ? <p class="none">There is none. <code>grid ays install</code> makes one.</p> : <Level services={services} parent={null} caller={caller} top />}
        </section>
        <Table
          id="drift" name="What differs from the model" none="Nothing, when it was last looked at." columns={[{ title: 'Service' }, { title: 'It is' }]}
          rows={model.differences.map(({ path, is }) => [path, <Word>{is}</Word>])}
        />
        {model.differences.length > 0 ? <p>Bring it about with <code>grid ays apply</code>.</p> : null}
        <Table
          id="templates" name="Templates" none="There is none." columns={[{ title: 'Name' }, { title: 'Domain' }, { title: 'From' }]}
          rows={model.index.templates.map(({ name, domain, from }) => [name, domain, from])}
        />
      </>
    ),
  };
});

interface Below {
  services: readonly Service[];
  parent: string | null;
  caller: Caller;
  top?: boolean;
}

function Level({ services, parent, caller, top = false }: Below) {
  const here = services.filter((one) => one.parent === parent);
  return here.length === 0 ? null : (
    <ul class={top ? 'tree' : undefined}>
      {here.map((one) => (
        <li>
          <LinkTo id={instanceId(one.path, null)} caller={caller}>{`${one.domain} ${one.name} ${one.instance}`.trim()}</LinkTo> <Word>{one.state}</Word>
          {one.processes > 0 ? <> <Word>{one.health}</Word></> : null} {one.conditions.map((type) => <><Word>{type}</Word> </>)}{one.reason ?? ''}
          {Object.keys(one.producers).length > 0 ? <span class="hint"> takes {Object.entries(one.producers).map(([category, from]) => `${category} from ${from}`).join(', ')}</span> : null}
          <Level services={services} parent={one.path} caller={caller} />
        </li>
      ))}
    </ul>
  );
}
