import { ProblemError } from '../problem_error';
import { findActions } from './action_command';
import type { Place } from './place';
import type { ReadInstance } from './read_instance';
import { runAction, type ActionResult } from './run_action';
import { writeLog } from './write_log';

/** Runs an action of the instance if its recipe has it, and keeps in its log what it printed. */
export async function performAction(place: Place, instance: ReadInstance, action: string, signal: AbortSignal, { limitMs = Infinity, args = {} }: { limitMs?: number; args?: Record<string, string> } = {}): Promise<ActionResult> {
  const { dir, state, hrd, secrets } = instance;
  const file = state.actions.includes(action) ? await findActions(dir.path) : undefined;
  if (!file) return { output: '', result: undefined };
  return runAction(place, { key: state.spec, dir, file, action, hrd, secrets, args, signal, timeoutMs: Math.min(limitMs, state.spec.actionTimeoutMs) });
}

/** {@link performAction} with an entry in the instance's log, however it ends. */
export async function performLogged(place: Place, instance: ReadInstance, action: string, signal: AbortSignal, args: Record<string, string> = {}): Promise<ActionResult> {
  try {
    const done = await performAction(place, instance, action, signal, { args });
    if (instance.state.actions.includes(action)) await writeLog(instance.dir, `${action}: done`, done.output);
    return done;
  } catch (error) {
    if (error instanceof ProblemError) await writeLog(instance.dir, `${action}: ${error.problem.code}`, error.problem.evidence ?? '');
    throw error;
  }
}
