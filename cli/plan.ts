import type { CommandPlan } from '../model/command_plan';
import { paperOf, print, printJson, type Io } from './io';

/** `--plan` and `--plan-hash`, as every command that has a plan takes them. */
export interface PlanOptions {
  plan?: boolean;
  planHash?: string;
}

/** Prints what a command would do. */
export async function tellPlan(io: Io, plan: CommandPlan, { json }: { json?: boolean }): Promise<void> {
  if (json) return printJson(io, plan);
  const { planText } = await import('./render/plan');
  print(io, planText(plan, paperOf(io)));
}
