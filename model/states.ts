/** State words in which a lifecycle has come to its end. */
export const OVER: readonly string[] = ['destroyed', 'removed', 'error', 'failed', 'aborted', 'SERVICE_UNINSTALLED', 'INSTANCE_STOPPED', 'INSTANCE_UNREACHABLE', 'MACHINE_TERMINATED'];

/** State words in which it is what was ordered. */
export const READY: readonly string[] = ['ready', 'done', 'SERVICE_INSTALLED', 'INSTANCE_STARTED', 'AGENT_STARTED'];

const GOOD = ['ready', 'running', 'done', 'active', 'up', 'ok', 'yes', 'service_installed', 'instance_started', 'agent_started'];
const BAD = ['blocked', 'failed', 'dead', 'error', 'error during configuration', 'degraded', 'unreachable', 'down', 'no', 'failing', 'unhealthy', 'instance_unreachable', 'backing_off'];
const STILL = ['destroyed', 'removed', 'stopped', 'pending', 'queued', 'skipped', 'undone', 'starting', 'service_uninstalled', 'instance_stopped', 'machine_terminated', 'planned', 'planning', 'empty'];

export type Tone = 'good' | 'bad' | 'over' | 'going';

/** What a state word, of whatever thing, tells a person: all is well, somebody must look, nothing happens, or it changes. */
export function toneOf(state: string): Tone {
  const word = state.toLowerCase();
  if (GOOD.includes(word)) return 'good';
  if (BAD.includes(word)) return 'bad';
  return STILL.includes(word) ? 'over' : 'going';
}
