import { allHandlersFinished, condition, defineUpdate, setCurrentDetails, setHandler, upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { Problem } from '../../model/errors';
import { QUOTA, type QuotaMessages } from '../../model/messages';
import { summariseQuota, takeClaim, takeSeen, toLookAt, viewQuota, type Claim, type Limits, type QuotaState, type QuotaView } from '../../model/quota';
import { effects } from '../lifecycle/effects';
import { objectTo, problemOf } from '../lifecycle/fail';
import { answerDocument } from '../lifecycle/handle_verbs';
import { inNextRun } from '../lifecycle/in_next_run';

const LOOK_MS = 5_000;
const ATTEMPTS = 2;

interface Asked {
  claim?: Claim;
  /** Undefined until it was served; null where nothing speaks against it. */
  objection?: Problem | null;
}

/**
 * What one owner may have, and has. Whoever asks is served in order, all that wait after one look at what there really is:
 * nothing is given back by message, so nothing can be kept by a message that was lost.
 */
export async function quota(state: QuotaState): Promise<void> {
  const inbox: Asked[] = [];
  let removed = false;
  const served = async (claim?: Claim): Promise<QuotaView> => {
    const asked: Asked = { claim };
    inbox.push(asked);
    await condition(() => asked.objection !== undefined);
    objectTo(asked.objection ?? undefined);
    return viewQuota(state);
  };
  setHandler(defineUpdate<QuotaView, [Limits]>('set' satisfies QuotaMessages), (limits) => {
    state.limits = limits;
    return served();
  });
  setHandler(defineUpdate<QuotaView>('look' satisfies QuotaMessages), () => served());
  setHandler(defineUpdate<QuotaView, [Claim]>('claim' satisfies QuotaMessages), (claim) => served(claim));
  setHandler(defineUpdate<void>('remove' satisfies QuotaMessages), () => {
    state.limits = {};
    removed = true;
  });
  answerDocument(() => viewQuota(state));
  const isOver = () => removed || workflowInfo().continueAsNewSuggested;
  for (;;) {
    await condition(() => inbox.length > 0 || (isOver() && allHandlersFinished()));
    if (inbox.length === 0) break;
    await serve(state, inbox.splice(0));
    show(state);
  }
  if (!removed) await inNextRun<typeof quota>(state);
}

async function serve(state: QuotaState, all: readonly Asked[]): Promise<void> {
  const failed = await look(state);
  for (const asked of all) asked.objection = failed ?? (asked.claim && takeClaim(state, asked.claim)) ?? null;
}

/** Why it could not be seen, if it could not. */
async function look(state: QuotaState): Promise<Problem | undefined> {
  try {
    takeSeen(state, await effects({ summary: `what ${state.owner} has`, timeoutMs: LOOK_MS, attempts: ATTEMPTS }).lookAtOwner(toLookAt(state)));
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

function show(state: QuotaState): void {
  const { limits, used, clusters } = viewQuota(state);
  upsertMemo({ [QUOTA]: summariseQuota(viewQuota(state)) });
  const of = (name: keyof Limits) => `${used[name]} of ${limits[name] ?? 'any number'}`;
  setCurrentDetails([`${of('machines')} machines, ${of('cpu')} cpu, ${of('memMiB')} MiB`, ...clusters.slice(0, 20).map(({ id, machines }) => `- ${id}: ${machines} machines`)].join('\n'));
}
