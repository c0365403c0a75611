import type { Step } from '../../model/lifecycle';
import type { PendingEffect } from '../temporal/pending_effects';

/** A running step with what its activity does right now: attempts, last error, next try, how far it is. */
export function overlay(step: Step, effects: PendingEffect[]): Step {
  const effect = step.state === 'running' ? effects.find((e) => e.step === step.name) : undefined;
  if (!effect) return step;
  const { heartbeat, lastError, nextTryAt } = effect;
  return {
    ...step,
    attempt: step.attempt + effect.attempt - 1,
    ...(lastError ? { lastError } : {}),
    ...(nextTryAt ? { nextTryAt } : {}),
    ...(heartbeat && heartbeat.total > 0 ? { progress: { done: heartbeat.done, total: heartbeat.total } } : {}),
    ...(heartbeat?.note ? { waitingFor: heartbeat.note } : {}),
  };
}
