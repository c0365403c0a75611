import { helpOf } from '../../model/codes';
import type { Condition, Step } from '../../model/lifecycle';

/** What is the matter, with where the manual tells of it. */
export const helped = <C extends Pick<Condition, 'reason'>>(condition: C): C & { help?: string } => ({ ...condition, ...help(condition.reason) });

export const helpedStep = (step: Step): Step => (step.lastError ? { ...step, lastError: { ...step.lastError, ...help(step.lastError.code) } } : step);

function help(code: string): { help?: string } {
  const path = helpOf(code);
  return path ? { help: path } : {};
}
