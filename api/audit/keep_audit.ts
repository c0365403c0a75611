import type { Next } from 'hono';
import type { Caller } from '../../model/access';
import { AUDIT_ENTRY, type AuditEntry } from '../../model/audit';
import { AUDIT_ID } from '../../model/ids';
import { CONTROL_QUEUE, WORKFLOW_TASK_TIMEOUT } from '../../model/messages';
import { within } from '../../process/within';
import { addressOf } from '../access/authenticate';
import { isCodec } from '../codec/let_ui_decode';
import type { Ctx, Whole } from '../http/grid';
import { asksForPlan } from '../http/plan';
import { READING } from '../http/same_origin';

const WRITE_MS = 2_000;
const PATIENT_MS = 60_000;
/** Temporal may not answer at all. */
const AWAY = 503;
const LONGEST_PATH = 500;

/** Writes down every change that somebody asks for, before it is answered; also where it was refused. */
export const keepAudit = (grid: Whole) => async (c: Ctx, next: Next): Promise<void> => {
  await next();
  const caller = c.get('caller') as Caller | undefined;
  const wanted = c.get('wanted');
  // Whoever is not let in, asks for what there is not, or what would be, changes nothing: that is in the log.
  if (!caller || wanted === undefined || wanted === 'read' || READING.includes(c.req.method) || isCodec(c) || asksForPlan(c.req.query('plan'))) return;
  const written = keep(grid, entryOf(c, caller), c.res.status === AWAY ? PATIENT_MS : WRITE_MS);
  // Nobody is kept waiting for what is away.
  if (c.res.status !== AWAY) await written;
};

async function keep(grid: Whole, entry: AuditEntry, withinMs: number): Promise<void> {
  try {
    await within(grid, withinMs, () => write(grid, entry));
  } catch (error) {
    grid.log.error({ err: error, audit: entry }, 'not in the audit');
  }
}

const entryOf = (c: Ctx, { name, role, owner }: Caller): AuditEntry => ({
  at: new Date().toISOString(), who: name, role, owner, method: c.req.method, path: c.req.path.slice(0, LONGEST_PATH),
  ...(c.get('about') === undefined ? {} : { about: c.get('about') }),
  status: c.res.status, ...(c.get('code') === undefined ? {} : { code: c.get('code') }), from: addressOf(c), requestId: c.get('requestId'),
});

const write = ({ client }: Whole, entry: AuditEntry) =>
  client.workflow.signalWithStart('audit', {
    workflowId: AUDIT_ID, taskQueue: CONTROL_QUEUE, workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT, staticSummary: 'audit: every change that was asked for',
    signal: AUDIT_ENTRY, signalArgs: [entry],
  });
