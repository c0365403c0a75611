import type { PlannerState } from './planner_state';

/** With fewer agents than this, half of them silent says nothing about us. */
const ENOUGH_AGENTS = 4;

type Silence = Pick<PlannerState, 'silent' | 'plan' | 'suspecting' | 'others'>;

export function noteSilent(state: Silence, agent: number, at: string): void {
  if (!state.silent.some((s) => s.agent === agent)) state.silent.push({ agent, at });
}

export function noteBack(state: Silence, agent: number): void {
  state.silent = state.silent.filter((s) => s.agent !== agent);
}

/**
 * If more than half of at least four agents are silent the fault may be ours: then nothing is replaced. Settles for
 * every silent agent what it is told; answers those whose verdict is new.
 */
export function judge(state: Silence): { agent: number; verdict: 'lost' | 'suspect' }[] {
  const planned = new Set([...state.plan.services.flatMap((s) => s.instances.map((i) => i.agent)), ...Object.values(state.others ?? {})]);
  state.silent = state.silent.filter((s) => planned.has(s.agent));
  const open = state.silent.filter((s) => s.verdict !== 'lost');
  state.suspecting = planned.size >= ENOUGH_AGENTS && open.length * 2 > planned.size;
  const verdict = state.suspecting ? 'suspect' : 'lost';
  const told = open.filter((s) => s.verdict !== verdict);
  for (const one of told) one.verdict = verdict;
  return told.map(({ agent }) => ({ agent, verdict }));
}
