import { allHandlersFinished, condition, continueAsNew, defineSignal, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { AUDIT_ENTRY, type AuditEntry } from '../../model/audit';

/** So many are shown in the Temporal UI. */
const SHOWN = 20;

/**
 * Every change that was asked for over the API. An entry is a signal, so it is kept while no worker runs too; the history
 * is the record, as long as Temporal keeps it, and is read from there. All that is to be done is to begin a new run in time.
 */
export async function audit(): Promise<void> {
  const last: AuditEntry[] = [];
  setHandler(defineSignal<[AuditEntry]>(AUDIT_ENTRY), (entry) => {
    last.unshift(entry);
    last.splice(SHOWN);
    setCurrentDetails(last.map(({ at, who, method, path, status }) => `- ${at} ${who}: ${method} ${path}: ${status}`).join('\n'));
  });
  await condition(() => workflowInfo().continueAsNewSuggested);
  await condition(allHandlersFinished);
  await continueAsNew<typeof audit>();
}
