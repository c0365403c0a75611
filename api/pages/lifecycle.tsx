import { z } from '@hono/zod-openapi';
import { mayChange, type Caller } from '../../model/access';
import { CLUSTER_STATES } from '../../model/cluster';
import { blockedStep, type Step } from '../../model/lifecycle';
import { took, until } from '../../model/time';
import { MEANS, reasonOf, shares } from '../../model/words';
import { lifecycleId } from '../lifecycles/schemas';
import { partsOf } from './kinds';
import { commandPath, page, scalePath } from './page';
import { Ago, At, Breaking, buttonClass, Conditions, Facts, Help, pairs, Table, Word } from './parts';
import { shownLifecycle, type Shown } from './shown';

/** One lifecycle: what it is, what is wrong, what can be done, and everything of it. */
export const lifecyclePage = page({ method: 'get', path: '/ui/lifecycles/{id+}', params: z.object({ id: lifecycleId }) }, async (c, { params: { id } }, grid) => {
  const shown = shownLifecycle(c, grid, id);
  const [life, { body, everyMs }] = await Promise.all([shown, partsOf(grid, id, shown)]);
  return {
    everyMs, title: id, events: `/api/v1/lifecycles/${encodeURI(id)}/events`,
    body: (
      <>
        <h1>{id}</h1>
        {life.stale ? <p class="notice">No worker answers: this is how it last was, without its steps.</p> : null}
        {life.kind === 'cluster' ? <States state={life.state} /> : null}
        <p class="up"><Word>{life.state}</Word>{life.paused ? <> <Word>Paused</Word></> : null}{life.operation ? ` ${life.operation.kind} ${blockedStep(life) ? 'waits for a person' : 'goes on'}` : ''}</p>
        <Conditions conditions={life.conditions} />
        <Buttons life={life} caller={grid.caller} />
        <Blocked step={blockedStep(life)} />
        <Steps life={life} />
        {body}
        <About life={life} />
        <Timeline timeline={life.timeline} />
        <Outputs steps={life.steps} />
      </>
    ),
  };
});

/** The seven, and where it is. */
const States = ({ state }: { state: string }) => (
  <ol class="states" aria-label="States of a cluster">
    {CLUSTER_STATES.map((one, n) => (
      <li class={one === state ? 'here' : n < CLUSTER_STATES.findIndex((s) => s === state) && state !== 'destroyed' ? 'past' : undefined} aria-current={one === state ? 'step' : undefined}>{one}</li>
    ))}
  </ol>
);

/** What it would take now, of this caller. */
function Buttons({ life, caller }: { life: Shown; caller: Caller }) {
  if (!mayChange(caller, life)) return null;
  const scales = (life.kind === 'cluster' || life.kind === 'service') && !life.operation && life.verbs.includes('destroy');
  return life.verbs.length === 0 ? null : (
    <ul class="buttons" aria-label="What can be done">
      {scales ? <li><a class="button" href={scalePath(life.id)} title="other options, or another number">scale</a></li> : null}
      {life.verbs.map((verb) => <li><a class={buttonClass(verb)} href={commandPath(verb, life.id)} title={MEANS[verb]}>{verb}</a></li>)}
    </ul>
  );
}

/** Why it goes no further, with what was seen and what to do. */
function Blocked({ step }: { step: Step | undefined }) {
  if (!step) return null;
  const { lastError, output } = step;
  return (
    <section id="blocked" class="blocked" aria-labelledby="blocked-name">
      <h2 id="blocked-name">{step.name} is blocked after attempt {step.attempt}</h2>
      <p>{lastError?.message ?? 'No reason was given.'}</p>
      {lastError ? <p>What to do: {lastError.fix}<Help code={lastError.code} text="more in the manual" /></p> : null}
      {lastError?.evidence ?? output ? <pre tabindex={0} aria-label={`Last output of ${step.name}`}>{lastError?.evidence ?? output}</pre> : null}
    </section>
  );
}

function Steps({ life }: { life: Shown }) {
  const now = Date.now();
  return (
    <Table
      id="steps" name={life.operation ? `Steps of ${life.operation.kind}` : 'Steps'} none="There is none."
      columns={[{ title: 'Step' }, { title: 'State' }, { title: 'Attempt', right: true }, { title: 'Took', right: true, wide: true }, { title: 'Reason' }]}
      rows={life.steps.map((step) => [
        <Breaking>{step.name}</Breaking>, <Word>{step.state}</Word>, step.attempt || '', [shares(step), took(step.startedAt, step.endedAt, now)].filter(Boolean).join(' · '),
        <>{[reasonOf(step), step.nextTryAt && `next try ${until(step.nextTryAt, now)}`].filter(Boolean).join('; ')}{step.state === 'done' || step.state === 'blocked' ? null : <Help code={step.lastError?.code} />}</>,
      ])}
    />
  );
}

const About = ({ life }: { life: Shown }) => (
  <section id="about" aria-labelledby="about-name">
    <h2 id="about-name">About</h2>
    <Facts facts={[
      ['owner', life.owner], ['compute', life.compute], ['DNS name', life.dnsname],
      ['options', pairs(life.options ?? {})], ['connector', life.connector],
      ['age', <Ago at={life.createdAt} />], ['as JSON', <a href={life.links.self}>{life.links.self}</a>],
      ['Temporal', life.links.temporal && <a href={`${life.links.temporal}/${life.run.id}/history`}>run {life.run.id}</a>],
    ]} />
  </section>
);

const Timeline = ({ timeline }: { timeline: Shown['timeline'] }) => (
  <Table
    id="timeline" name="Timeline" none="Nothing is known of it." columns={[{ title: 'When' }, { title: 'State' }, { title: 'Because' }]}
    rows={[...timeline].reverse().map(({ at, state, because }, n) => [<At at={at} />, n === 0 ? <Word>{state}</Word> : <Breaking>{state}</Breaking>, because ?? ''])}
  />
);

/** What the steps' scripts printed. */
function Outputs({ steps }: { steps: readonly Step[] }) {
  const printed = steps.filter(({ output, state }) => output && state !== 'blocked');
  return printed.length === 0 ? null : (
    <section id="output" aria-labelledby="output-name">
      <h2 id="output-name">Output</h2>
      {printed.map(({ name, output }) => <details id={`output-${name}`}><summary>{name}</summary><pre tabindex={0} aria-label={`Output of ${name}`}>{output}</pre></details>)}
    </section>
  );
}
