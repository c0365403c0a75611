import { problem, problems, type Problem } from './errors';
import { fnv1a } from './fnv1a';
import { canonical } from './services/task';

/** What a command does to one machine or instance. */
export const EFFECTS = ['create', 'replace', 'restart', 'remove', 'none'] as const;
export type EffectWord = (typeof EFFECTS)[number];

export interface Effect {
  /** `connector`: so many of a service at a connector of others, which only counts. */
  kind: 'node' | 'instance' | 'connector';
  /** A node by its name, all else by its id. */
  id: string;
  effect: EffectWord;
  /** Where it runs, by the id of machine or agent; null where that has none yet, or is not ours. */
  machine: string | null;
  /** What becomes of that machine. */
  machineEffect: EffectWord;
  reason: string;
}

/** What a command would do now. Applied under its hash it does exactly that, or nothing. */
export interface CommandPlan {
  verb: string;
  /** Lifecycle that the command is for, or would make. */
  of: string;
  effects: Effect[];
  /** What happens besides, or has to be waited for, in sentences. */
  also: string[];
  hash: string;
}

const LETTERS: Record<EffectWord, string> = { create: 'c', replace: 'r', restart: 's', remove: 'x', none: 'n' };
const WORDS = Object.fromEntries(EFFECTS.map((word) => [LETTERS[word], word])) as Record<string, EffectWord>;
const PAST: Record<EffectWord, string> = { create: 'to be created', replace: 'to be replaced', restart: 'to be restarted', remove: 'to be removed', none: 'left alone' };

/** A hash as a caller may send it: 16 hex digits of all of the plan, then what it touches, so that a refusal can say what is different. */
export const PLAN_HASH = /^[0-9a-f]{16}(~[crsx][A-Za-z0-9._/-]+)*~?$/;
/** As much of what is touched as an address has room for; a hash that ends with ~ does not say it. */
const LONGEST_MARKS = 3_000;

/**
 * A plan with its hash.
 * @param made what the effects lead to and do not say themselves: other contents are another plan
 */
export function planOf({ verb, of, effects, also = [] }: Omit<CommandPlan, 'hash' | 'also'> & { also?: string[] }, made: unknown): CommandPlan {
  const text = canonical([verb, of, effects.map(({ reason: _why, ...effect }) => effect), made]);
  const marks = effects.filter(({ effect }) => effect !== 'none').map(({ id, effect }) => `~${LETTERS[effect]}${id}`).join('');
  const digest = [`/${text}`, text].map((one) => fnv1a(one).toString(16).padStart(8, '0')).join('');
  return { verb, of, effects, also, hash: digest + (marks.length > LONGEST_MARKS ? '~' : marks) };
}

export const touched = ({ effects }: Pick<CommandPlan, 'effects'>): Effect[] => effects.filter(({ effect, machineEffect }) => effect !== 'none' || machineEffect !== 'none');

/** Why a plan that was taken under this hash cannot be applied: with what is different now, thing by thing. */
export function objectToPlan(now: CommandPlan, hash: string): Problem | undefined {
  if (now.hash === hash) return undefined;
  const different = differencesSince(now, hash);
  const [first, ...rest] = different.length > 0 ? different : [`${now.verb} of ${now.of} touches the same, but makes something else of it, or is not what this plan was taken for`];
  const said = (message: string) => problem(409, 'world_moved', message, 'Take the plan again, and apply what it says now.', { field: 'plan' });
  return problems([said(`the plan does not hold any more: ${first}`), ...rest.map(said)]);
}

/** A command that was sent with a plan, and has none. */
export const noPlan = (command: string): Problem =>
  problem(400, 'no_plan', `${command} has no plan`, 'Plans are there for launch, scale and destroy of clusters, for tasks of the deployment planner and for ays apply; leave ?plan out.', { field: 'plan' });

function differencesSince(now: CommandPlan, hash: string): string[] {
  const effects = new Map(now.effects.map((one) => [one.id, one]));
  if (hash.endsWith('~')) return touched(now).map(({ id, effect, reason }) => `${id} is now ${PAST[effect]}: ${reason}`);
  const marks = new Map(hash.split('~').slice(1).map((mark) => [mark.slice(1), WORDS[mark[0] ?? ''] ?? 'none']));
  const gone = [...marks].filter(([id]) => !effects.has(id)).map(([id, was]) => `${id} was ${PAST[was]} and is not there any more`);
  const others = now.effects.filter(({ id, effect }) => (marks.get(id) ?? 'none') !== effect)
    .map(({ id, effect, reason }) => `${id} was ${PAST[marks.get(id) ?? 'none']}, now it is ${PAST[effect]}: ${reason}`);
  return [...gone, ...others];
}

/** How many of each, for a person: `1 to be created, 2 left alone`. */
export const countOf = ({ effects }: Pick<CommandPlan, 'effects'>): string =>
  EFFECTS.flatMap((word) => {
    const count = effects.filter(({ effect }) => effect === word).length;
    return count > 0 ? [`${count} ${PAST[word]}`] : [];
  }).join(', ') || 'nothing is there';
