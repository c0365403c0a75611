import type { Connection } from '@temporalio/client';
import type { BlockedStep, Condemned, GridFacts } from '../../model/doctor';
import { blockedStep, type Lifecycle, type Summary } from '../../model/lifecycle';
import type { DiskRoom } from '../../model/machine';
import { SEARCH_ATTRIBUTES, type Examined } from '../../model/messages';
import { lifecyclesQuery, openLifecyclesQuery } from '../../process/visibility';
import { roomAt } from '../../process/room_at';
import { within } from '../../process/within';
import { VERSION } from '../../version';
import type { Grid } from '../http/grid';
import { readClocks, readMembers } from '../members/read_members';
import { askDocument } from '../temporal/document';
import { callMachines } from '../temporal/machine_call';
import { allSummaries } from '../temporal/summaries';

const ASK_MS = 2_000;
const EXAMINE_MS = 10_000;
/** So many of a kind are looked at whole; of the rest it is said what lists know. */
const WHOLE = 20;
const DAY_S = 86_400;

/** Everything a doctor looks at, as far as the caller may see it. */
export async function readFacts(grid: Grid, signal: AbortSignal): Promise<GridFacts> {
  const { controlWorker } = await grid.readiness.now();
  const [server, namespace, members, clocks, home, examined, computes, agents, stuck] = await Promise.all([
    serverVersion(grid), aboutNamespace(grid), readMembers(grid), readClocks(grid), roomOfHome(grid), controlWorker ? examineComputes(grid, signal) : null,
    allSummaries(grid, openLifecyclesQuery('compute/')), allSummaries(grid, openLifecyclesQuery('agent/')), allSummaries(grid, `${lifecyclesQuery({ blocked: true })} AND ExecutionStatus = 'Running'`),
  ]);
  const [conditions, blocked] = await Promise.all([conditionsOf(grid, [...computes, ...agents]), Promise.all(stuck.map((one, n) => blockedIn(grid, one, n < WHOLE)))]);
  return { version: VERSION, server, namespace, controlWorker, members, clocks, home, examined, conditions, computes: computes.length, agents: agents.length, blocked };
}

/** Of the disk that the home of this process is on; null where there is no home to be seen. */
export const roomOfHome = ({ config }: Pick<Grid, 'config'>): Promise<DiskRoom | null> => roomAt(config.home).catch(() => null);

const serverVersion = (grid: Grid): Promise<string | null> =>
  within(grid, ASK_MS, () => grid.client.workflowService.getSystemInfo({})).then(({ serverVersion: version }) => version || null, () => null);

async function aboutNamespace(grid: Grid): Promise<GridFacts['namespace']> {
  const { client, namespace: name } = grid;
  const { operatorService } = client.connection as Connection;
  try {
    const [described, known] = await within(grid, ASK_MS, () => Promise.all([client.workflowService.describeNamespace({ namespace: name }), operatorService.listSearchAttributes({ namespace: name })]));
    const retentionDays = Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0) / DAY_S;
    return { name, retentionDays, missingAttributes: Object.values(SEARCH_ATTRIBUTES).filter((one) => !(one in known.customAttributes)) };
  } catch {
    // A server that is somebody else's need not tell.
    return null;
  }
}

const examineComputes = (grid: Grid, signal: AbortSignal): Promise<Examined[] | null> =>
  callMachines(grid, { op: 'examine' }, EXAMINE_MS, signal).then(({ computes }) => computes, () => null);

/** What the matter is in all words, where somebody can say it. */
async function conditionsOf(grid: Grid, lifecycles: readonly Summary[]): Promise<Condemned[]> {
  const troubled = lifecycles.filter(({ conditions }) => conditions.length > 0);
  return (await Promise.all(troubled.map(async ({ id, conditions }, n) => {
    const asked = n < WHOLE ? await askDocument<Lifecycle>(grid, id).catch(() => undefined) : undefined;
    const whole = asked?.answered ? asked.document.conditions : [];
    return conditions.map(({ type, reason }) => ({ id, type, message: whole.find((one) => one.type === type)?.message ?? reason }));
  }))).flat();
}

async function blockedIn(grid: Grid, { id, step = '', reason = '' }: Summary, whole: boolean): Promise<BlockedStep> {
  const asked = whole ? await askDocument<Lifecycle>(grid, id).catch(() => undefined) : undefined;
  const found = asked?.answered ? blockedStep(asked.document) : undefined;
  const ways = found ? [found.retryable && 'retry', found.skippable && 'skip', 'abort'].filter((way) => way !== false) : ['show'];
  return { id, step, reason, fix: [found?.lastError?.fix, `Then: ${ways.map((way) => `\`grid ${way} ${id}\``).join(', ')}.`].filter(Boolean).join(' ') };
}
