import type { Command } from 'commander';
import { readAll, readReadiness } from '../endpoints';
import { EXIT } from '../exit';
import { paperOf, print, printJson } from '../io';
import type { Summary } from '../wire';
import { jsonCommand, type Context } from './shared';

/** What is counted; orders and calls come and go. */
const KINDS = ['compute', 'product', 'cluster', 'service', 'instance', 'agent'];

export const statusCommand = (context: Context): Command =>
  jsonCommand('status', 'say what is up, how much there is of what, and what waits for a person').action(async ({ json }: { json?: boolean }) => {
    const { io } = context;
    const api = context.api();
    const readiness = await readReadiness(api);
    const lifecycles = readiness.temporal ? (await Promise.all(KINDS.map((kind) => readAll<Summary>(api, 'lifecycles', { kind })))).flat() : [];
    context.exit = readiness.worker ? EXIT.ok : EXIT.error;
    const [{ statusText }, { countsOf, needsAPerson }] = await Promise.all([import('../render/status'), import('../../model/attention')]);
    if (json) return printJson(io, { api: api.base, ...readiness, counts: countsOf(lifecycles), waiting: needsAPerson(lifecycles) });
    print(io, statusText({ api: api.base, ...readiness }, lifecycles, paperOf(io)));
  });
