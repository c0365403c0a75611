import type { Problem } from './errors';
import { launchId } from './ids';
import { newLifecycle } from './lifecycle';
import type { LaunchDocument, LaunchOrder, LaunchVerdict } from './messages';

export function newLaunch(order: LaunchOrder, at: string): LaunchDocument {
  return { ...newLifecycle(launchId(order.job), 'launch', order.user, 'pending', at), order, cluster: null, problem: null, createdAt: at, updatedAt: at };
}

export function verdictOf(state: LaunchDocument): LaunchVerdict {
  return state.problem ? { accepted: false, problem: state.problem } : { accepted: true, cluster: state.cluster ?? '' };
}

/** As much of a problem as a memo has room for. */
export const brief = ({ problems: _all, evidence: _seen, ...said }: Problem): Problem => ({ ...said, message: said.message.slice(0, 600), fix: said.fix.slice(0, 200) });

export function viewLaunchDetail(state: LaunchDocument): Record<string, string | null> {
  return {
    status: state.state, cluster: state.cluster, fingerprint: state.order.fingerprint,
    problem: state.problem ? JSON.stringify(brief(state.problem)) : null,
  };
}
