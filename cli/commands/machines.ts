import type { Command } from 'commander';
import { readAll } from '../endpoints';
import { paperOf, print, printJson } from '../io';
import type { Machine } from '../wire';
import { jsonCommand, type Context } from './shared';

export const machinesCommand = (context: Context): Command =>
  jsonCommand('machines', 'list the machines that run for the grid, and whose they are').action(async ({ json }: { json?: boolean }) => {
    const { io } = context;
    const away = new Map<string, string>();
    const machines = await readAll<Machine>(context.api(), 'machines', {}, 'machines', ({ unreachable = [] }) => {
      for (const { compute, reason } of unreachable as { compute: string; reason: string }[]) away.set(compute, reason);
    });
    const unreachable = [...away].map(([compute, reason]) => ({ compute, reason }));
    if (json) return printJson(io, { machines, ...(unreachable.length > 0 ? { unreachable } : {}) });
    const { machinesTable } = await import('../render/lists');
    print(io, [machinesTable(machines, paperOf(io)), ...unreachable.map(({ reason }) => `not known: ${reason}`)].join('\n'));
  });
