import { ledgerOf, type Answer, type ComputeState, type Waiting } from './compute_state';
import { COUNTS_ONLY, isCounted } from './counted';
import { NOTHING_NEW } from './drain';
import { isOffered } from './mesos/is_offered';
import { noteOffered, wait } from './mesos/offered_ledger';
import { release, reserve } from './placement';

/**
 * Carries out everything in the inbox, then lets the waiting try again, oldest first; changes the state and returns
 * what each owner is to be told. Repeating a message changes nothing and is answered again.
 */
export function settle(state: ComputeState): Answer[] {
  const answers: Answer[] = [];
  let freed = false;
  for (let message = state.inbox.shift(); message; message = state.inbox.shift()) {
    if (message.kind === 'look') {
      freed = true;
      continue;
    }
    if (message.kind === 'offered') {
      answers.push(...noteOffered(state, message));
      continue;
    }
    const { owner } = message;
    state.waiting = state.waiting.filter((w) => w.owner !== owner);
    if (message.kind === 'release') {
      freed = true;
      state.reservations = release(ledgerOf(state), owner, message.nodes).reservations;
    } else answers.push(...offer(state, { ...message, reason: '' }));
  }
  if (freed) for (const one of state.waiting.splice(0)) answers.push(...offer(state, one));
  return answers;
}

function offer(state: ComputeState, { reason: said, ...wish }: Waiting): Answer[] {
  const { owner, request, demands } = wish;
  if (isCounted(state.connector)) return [{ owner, message: { request, result: { kind: 'impossible', reason: COUNTS_ONLY, field: 'compute' } } }];
  if (state.state === 'removed') return [{ owner, message: { request, result: { kind: 'impossible', reason: 'it was removed', field: 'compute' } } }];
  if (isOffered(state.connector)) return wait(state, { reason: said, ...wish });
  const result = state.draining && !state.reservations[owner] ? ({ kind: 'waiting', reason: NOTHING_NEW } as const) : reserve(ledgerOf(state), owner, demands, state.away);
  if (result.kind === 'waiting') {
    state.waiting.push({ owner, request, demands, reason: result.reason });
    return result.reason === said ? [] : [{ owner, message: { request, result } }];
  }
  if (result.kind === 'impossible') return [{ owner, message: { request, result } }];
  state.reservations = result.ledger.reservations;
  const { connector, capacity } = state;
  const granted = { kind: 'granted', allocations: result.allocations, connector, diskRoot: capacity.diskRoot } as const;
  return [{ owner, message: { request, result: granted } }];
}
