import { currentUpdateInfo, defineQuery, defineUpdate, setHandler } from '@temporalio/workflow';
import { noPlan, objectToPlan } from '../../model/command_plan';
import type { Problem } from '../../model/errors';
import { clearCondition, enter, firstTime, setCondition, VERBS, type Command, type Lifecycle, type Verb } from '../../model/lifecycle';
import type { CommandResult } from '../../model/messages';
import { refuseVerb } from '../../model/verbs';
import { fail } from './fail';
import { publish } from './publish';
import { interrupt, now, type Run } from './run';

const EFFECTS: Record<Verb, (run: Run) => void> = {
  retry: (run) => void (run.state.decision = 'retry'),
  skip: (run) => void (run.state.decision = 'skip'),
  pause: (run) => {
    run.state.paused = true;
    setCondition(run.state, 'Paused', 'asked_for', 'no further step is started until resume', now());
  },
  resume,
  abort: (run) => (resume(run), interrupt(run, 'abort')),
  repair: (run) => (resume(run), interrupt(run, 'repair')),
  destroy: (run) => {
    resume(run);
    setCondition(run.state, 'Destroying', 'asked_for', 'everything it has is being taken down', now());
    interrupt(run, 'destroy');
  },
};

function resume(run: Run): void {
  run.state.paused = false;
  clearCondition(run.state, 'Paused');
}

/** Whether this very command was carried out before, in this run or an earlier one. */
export const repeated = (life: Lifecycle): boolean => life.seen.includes(currentUpdateInfo()?.id ?? '');

/** Remembers the command that is being carried out; call it in the handler of every update that changes something. */
export const remember = (life: Lifecycle): boolean => firstTime(life, currentUpdateInfo()?.id ?? '');

export const outcome = ({ id, state, revision }: Lifecycle): CommandResult => ({ id, state, revision });

/**
 * The verbs a person steers a lifecycle with, as updates: the same from API, CLI, Temporal UI and `temporal workflow
 * update`, each with a `Command` or with nothing. A verb that is not legal now is refused before it enters history.
 */
export function handleVerbs<S extends Lifecycle>(run: Run<S>, verbs: readonly Verb[] = VERBS): void {
  for (const verb of verbs) {
    setHandler(
      defineUpdate<CommandResult, [Command?]>(verb),
      (command?: Command) => {
        if (!remember(run.state)) return outcome(run.state);
        EFFECTS[verb](run as unknown as Run);
        enter(run.state, run.state.state, now(), [verb, command?.reason].filter(Boolean).join(': '));
        publish(run);
        return outcome(run.state);
      },
      {
        description: `${verb} this lifecycle; may carry {"step": "…", "reason": "…"}`,
        validator: (command?: Command) => {
          if (repeated(run.state)) return;
          const objection = refuseVerb(run.state, verb, command ?? {}) ?? refuseOtherPlan(run, verb, command?.planned);
          if (objection) throw fail(objection);
        },
      },
    );
  }
}

function refuseOtherPlan<S extends Lifecycle>({ state, planOf }: Run<S>, verb: Verb, planned: string | undefined): Problem | undefined {
  if (planned === undefined) return undefined;
  const plan = planOf?.(verb);
  return plan ? objectToPlan(plan, planned) : noPlan(`${verb} of ${state.id}`);
}

export function answerDocument<D>(view: () => D): void {
  setHandler(defineQuery<D>('document'), view, { description: 'the whole document of this lifecycle' });
}
