import { instanceId } from '../../model/ids';
import type { Caller } from '../../model/access';
import type { Summary } from '../../model/lifecycle';
import { readServices } from '../environment/list_services';
import { page } from './page';
import { Breaking, Help, LinkTo, Table, Why, Word } from './parts';

type Read = Awaited<ReturnType<typeof readServices>>;

/** The services of the environment below their parents, how each is, what it takes from whom, and what differs from the model. */
export const environmentPage = page({ method: 'get', path: '/ui/environment' }, async (_c, _input, grid) => {
  const { model, services, lives } = await readServices(grid);
  return {
    title: 'Environment', events: '/api/v1/events',
    body: (
      <>
        <h1>Environment</h1>
        <p>{model.index.commit ? <>The model is at commit <code>{model.index.commit.slice(0, 12)}</code>.</> : 'The model is empty.'}</p>
        <section id="tree" aria-labelledby="tree-name">
          <h2 id="tree-name">Services</h2>
          {services.length === 0 ? <p class="none">There is none. <code>grid ays install</code> makes one.</p> : <Level services={services} lives={lives} parent={null} caller={grid.caller} top />}
        </section>
        <Table
          id="drift" name="What differs from the model" none="Nothing, when it was last looked at." columns={[{ title: 'Service' }, { title: 'It is' }]}
          rows={model.differences.map(({ path, is }) => [<Breaking>{path}</Breaking>, <Word>{is}</Word>])}
        />
        {model.differences.length > 0 ? <p>Bring it about with <code>grid ays apply</code>.<Help code="model_differs" /></p> : null}
        <Table
          id="templates" name="Templates" none="There is none." columns={[{ title: 'Name' }, { title: 'Domain' }, { title: 'From' }]}
          rows={model.index.templates.map(({ name, domain, from }) => [name, domain, from])}
        />
      </>
    ),
  };
});

interface Below extends Pick<Read, 'services' | 'lives'> {
  parent: string | null;
  caller: Caller;
  top?: boolean;
}

/** One that the model has and nobody has installed yet. */
const NOTHING = { conditions: [] };

function Name({ of: { domain, name, instance, path }, life, caller }: { of: Read['services'][number]; life: Summary | undefined; caller: Caller }) {
  const text = `${domain} ${name} ${instance}`.trim();
  return life ? <LinkTo id={instanceId(path, null)} caller={caller}>{text}</LinkTo> : <>{text}</>;
}

function Level({ parent, top = false, ...all }: Below) {
  const { services, lives, caller } = all;
  const here = services.filter((one) => one.parent === parent);
  return here.length === 0 ? null : (
    <ul class={top ? 'tree' : undefined}>
      {here.map((one) => (
        <li>
          <Name of={one} life={lives.get(one.path)} caller={caller} /> <Word>{one.state}</Word>
          {one.processes > 0 ? <> <Word>{one.health}</Word></> : null} <Why of={lives.get(one.path) ?? NOTHING} />
          {Object.keys(one.producers).length > 0 ? <span class="hint"> takes {Object.entries(one.producers).map(([category, from]) => `${category} from ${from}`).join(', ')}</span> : null}
          <Level {...all} parent={one.path} />
        </li>
      ))}
    </ul>
  );
}
