import type { Command } from 'commander';
import { readAll } from '../endpoints';
import { paperOf, print, printJson } from '../io';
import type { ComputeView } from '../wire';
import { jsonCommand, type Context } from './shared';

export const computesCommand = (context: Context): Command =>
  jsonCommand('computes', 'list the computes: where machines come from, and how much of them is taken').action(async ({ json }: { json?: boolean }) => {
    const { io } = context;
    const computes = await readAll<ComputeView>(context.api(), 'computes');
    if (json) return printJson(io, { computes });
    const { computesTable } = await import('../render/lists');
    print(io, computesTable(computes, paperOf(io)));
  });
