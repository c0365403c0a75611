import type { Child } from 'hono/jsx';
import { maySee, ownedBy, type Caller } from '../../model/access';
import { helpOf } from '../../model/codes';
import { countOf, touched, type CommandPlan } from '../../model/command_plan';
import { kindOf } from '../../model/ids';
import type { Condition, Summary } from '../../model/lifecycle';
import { isSecretName } from '../../model/options';
import { since } from '../../model/time';
import { toneOf } from '../../model/states';
import { lifecyclePath } from './page';

/** Ids and words of states are long, and may be broken where they are joined. Only of what the caller may see: the veil knows the ids of others by their whole text. */
export const Breaking = ({ children }: { children: string }) => <>{children.split(/(?<=\w[/_]|--)/).map((part, n) => (n === 0 ? part : <><wbr />{part}</>))}</>;

/** A state word; its colour says nothing that the word does not. */
export const Word = ({ children }: { children: string }) => <span class={`word ${toneOf(children)}`}><Breaking>{children}</Breaking></span>;

/** How long ago, with the time itself where somebody points at it. */
export const Ago = ({ at }: { at: string | undefined }) => (at ? <time datetime={at} title={at} data-ago>{since(at, Date.now())}</time> : null);

/** When it was. */
export const At = ({ at }: { at: string }) => <time datetime={at}>{at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time>;

/** A lifecycle by its id, as a way to it where there is one for this caller. */
export function LinkTo({ id, caller, children }: { id: string; caller: Caller; children?: Child }) {
  const leads = kindOf(id) !== undefined && maySee(caller, ownedBy(id));
  return leads ? <a href={lifecyclePath(id)}>{children ?? <Breaking>{id}</Breaking>}</a> : <>{children ?? id}</>;
}

export interface Column {
  title: string;
  /** Numbers stand under one another. */
  right?: true;
  /** Left out where there is little room. */
  wide?: true;
  /** Is not broken into lines. */
  whole?: true;
}

const classOf = ({ right, wide, whole }: Column): string | undefined => [right && 'right', wide && 'wide', whole && 'whole'].filter(Boolean).join(' ') || undefined;

/** A table under its heading; the first cell of a row names it. Where it is too wide it is moved, with the keyboard too. */
export function Table({ name, columns, rows, none, id }: { name: string; columns: readonly Column[]; rows: Child[][]; none: Child; id: string }) {
  return (
    <section id={id} aria-labelledby={`${id}-name`}>
      <h2 id={`${id}-name`}>{name}</h2>
      {rows.length === 0 ? (none === '' ? null : <p class="none">{none}</p>) : (
        <div class="scroll" role="group" tabindex={0} aria-labelledby={`${id}-name`}>
          <table aria-labelledby={`${id}-name`}>
            <thead><tr>{columns.map((one) => <th scope="col" class={classOf(one)}>{one.title}</th>)}</tr></thead>
            <tbody>
              {rows.map(([first, ...rest]) => (
                <tr>
                  <th scope="row" class={classOf(columns[0]!)}>{first}</th>
                  {rest.map((cell, n) => <td class={classOf(columns[n + 1]!)}>{cell}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** What is known of a thing, name by name; what is not there is left out. */
export const Facts = ({ facts }: { facts: (readonly [string, Child])[] }) => (
  <dl class="facts">
    {facts.filter(([, value]) => value !== undefined && value !== null && value !== false && value !== '').map(([name, value]) => <div><dt>{name}</dt><dd>{value}</dd></div>)}
  </dl>
);

/** The way to what the manual says of a reason; nothing where it says nothing. What it is about is said to those who hear links alone. */
export function Help({ code, text = 'what to do' }: { code: string | undefined; text?: string }) {
  const to = code === undefined ? undefined : helpOf(code);
  return to === undefined ? null : <> <a class="help" href={to} aria-label={`${text}: ${code!.replaceAll('_', ' ')}`}>{text}</a></>;
}

/** What is the matter with it. */
export function Conditions({ conditions }: { conditions: readonly (Pick<Condition, 'type' | 'reason'> & Partial<Condition>)[] }) {
  const true_ = conditions.filter(({ status }) => status !== 'False');
  return true_.length === 0 ? null : (
    <ul class="conditions">
      {true_.map(({ type, message, reason, since: from }) => <li><Word>{type}</Word> {message || reason}<Help code={reason} /> {from ? <span class="hint">for <Ago at={from} /></span> : null}</li>)}
    </ul>
  );
}

/** Why a lifecycle of a list is as it is: the words that need a person before the reason of its step, and where to read on. */
export const Why = ({ of: { conditions, reason } }: { of: Pick<Summary, 'conditions' | 'reason'> }) => (
  <>
    {conditions.map(({ type }) => <><Word>{type}</Word> </>)}{reason ?? conditions[0]?.reason.replaceAll('_', ' ') ?? ''}
    {conditions.map(({ type, reason: code }) => <Help code={code} text={conditions.length > 1 ? `what to do about ${type}` : undefined} />)}
  </>
);

export const buttonClass = (verb: string): string => (verb === 'destroy' || verb === 'abort' ? 'button danger' : 'button');

/** How much of something is taken, for eye and ear. */
export const Amount = ({ of, used, total, unit = '' }: { of: string; used: number; total: number; unit?: string }) => (
  <div class="amount">
    <span>{of}</span>
    <meter min={0} max={total || 1} value={used} high={total * 0.9} aria-label={`${of}: ${rounded(used)} of ${rounded(total)}${unit}`}></meter>
    <span class="right">{rounded(used)}/{rounded(total)}{unit}</span>
  </div>
);

export const rounded = (amount: number): number => Number(amount.toFixed(2));

/** `key=value …` of what was chosen; what may be secret is not said. */
export const pairs = (values: Record<string, unknown>): string =>
  Object.entries(values).map(([key, value]) => `${key}=${isSecretName(key) ? '…' : typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ');

const MACHINE_WORDS = { create: 'new', replace: 'new', restart: 'started again', remove: 'goes', none: 'stays' } as const;

const EFFECT_TONES = { create: 'good', replace: 'going', restart: 'going', remove: 'bad', none: 'over' } as const;

/** What a command would do to each thing, and what happens besides. */
export const PlanTable = ({ plan }: { plan: Pick<CommandPlan, 'effects' | 'also'> }) => (
  <>
    <Table
      id="plan" name={plan.effects.length === 0 ? 'Plan' : `Plan: ${touched(plan).length + plan.also.length === 0 ? 'nothing would change' : countOf(plan)}`} none={plan.also.length === 0 ? 'It touches no machine.' : ''}
      columns={[{ title: 'What' }, { title: 'Effect' }, { title: 'Machine' }, { title: 'Reason' }]}
      rows={plan.effects.map((one) => [one.id, <span class={`word ${EFFECT_TONES[one.effect]}`}>{one.effect}</span>, [one.machine, one.kind === 'connector' ? '' : MACHINE_WORDS[one.machineEffect]].filter(Boolean).join(' '), one.reason])}
    />
    {plan.also.length === 0 ? null : <ul>{plan.also.map((line) => <li>{line}</li>)}</ul>}
  </>
);
