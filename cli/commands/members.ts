import type { Command } from 'commander';
import { readAll } from '../endpoints';
import { paperOf, print, printJson } from '../io';
import type { MemberView } from '../wire';
import { jsonCommand, type Context } from './shared';

export const membersCommand = (context: Context): Command =>
  jsonCommand('members', 'list the processes of the grid itself: how they are, their version, queue and load').action(async ({ json }: { json?: boolean }) => {
    const { io } = context;
    const members = await readAll<MemberView>(context.api(), 'members');
    if (json) return printJson(io, { members });
    const { membersTable } = await import('../render/lists');
    print(io, membersTable(members, paperOf(io)));
  });
