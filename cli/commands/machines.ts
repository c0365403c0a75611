import type { Command } from 'commander';
import { readAll } from '../endpoints';
import { paperOf, print, printJson } from '../io';
import type { Machine } from '../wire';
import { jsonCommand, type Context } from './shared';

export const machinesCommand = (context: Context): Command =>
  jsonCommand('machines', 'list the machines that run for the grid, and whose they are').action(async ({ json }: { json?: boolean }) => {
    const { io } = context;
    const machines = await readAll<Machine>(context.api(), 'machines');
    if (json) return printJson(io, { machines });
    const { machinesTable } = await import('../render/lists');
    print(io, machinesTable(machines, paperOf(io)));
  });
