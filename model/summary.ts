import { currentStep, whyOf, type Lifecycle, type Summary } from './lifecycle';

const MAX_REASON = 300;

/** What lists need of a lifecycle, small enough for a memo (limit 2 KB). */
export function summarise(life: Lifecycle & { createdAt: string; updatedAt: string }, detail: Summary['detail']): Summary {
  const step = currentStep(life);
  const reason = step && whyOf(step);
  return {
    id: life.id, kind: life.kind, owner: life.owner, state: life.state, revision: life.revision,
    ...(step ? { step: step.name } : {}),
    ...(reason ? { reason: reason.slice(0, MAX_REASON) } : {}),
    conditions: life.conditions.map(({ type, reason: why }) => ({ type, reason: why })),
    createdAt: life.createdAt, updatedAt: life.updatedAt, detail,
  };
}
