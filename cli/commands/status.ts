import type { Command } from 'commander';
import { readReadiness, readStatus } from '../endpoints';
import { EXIT } from '../exit';
import { paperOf, print, printJson } from '../io';
import { jsonCommand, type Context } from './shared';

/** Of these it is said how many there are; orders and calls come and go. */
const KINDS = ['compute', 'product', 'cluster', 'service', 'instance', 'agent'];

export const statusCommand = (context: Context): Command =>
  jsonCommand('status', 'say what is up, how much there is of what, and what waits for a person').action(async ({ json }: { json?: boolean }) => {
    const { io } = context;
    const api = context.api();
    const readiness = await readReadiness(api);
    const { counts, waiting } = readiness.temporal ? await readStatus(api) : { counts: {}, waiting: [] };
    const shown = Object.fromEntries(KINDS.flatMap((kind) => (counts[kind] ? [[kind, counts[kind]]] : [])));
    context.exit = readiness.worker ? EXIT.ok : EXIT.error;
    if (json) return printJson(io, { api: api.base, ...readiness, counts: shown, waiting });
    const { statusText } = await import('../render/status');
    print(io, statusText({ api: api.base, ...readiness, counts: shown, waiting }, paperOf(io)));
  });
