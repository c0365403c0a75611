import type { Command } from 'commander';
import { readSome } from '../endpoints';
import { usage } from '../exit';
import { paperOf, print, printJson } from '../io';
import type { AuditEntry } from '../../model/audit';
import { jsonCommand, type Context } from './shared';

export const auditCommand = (context: Context): Command =>
  jsonCommand('audit', 'list changes that were asked for, newest first: who, what, when, from where, and what came of it')
    .option('--who <token>', 'only with this token')
    .option('--owner <owner>', 'only for this owner')
    .option('-n, --number <count>', 'how many at most', '50')
    .action(async ({ who, owner, number, json }: { who?: string; owner?: string; number: string; json?: boolean }) => {
      const { io } = context;
      if (!/^[1-9]\d{0,5}$/.test(number)) throw usage(`--number ${number} is not a number`, 'give a number from 1 on');
      const audit = await readSome<AuditEntry>(context.api(), 'audit', Number(number), { ...(who ? { who } : {}), ...(owner ? { owner } : {}) });
      if (json) return printJson(io, { audit });
      const { auditTable } = await import('../render/access');
      print(io, auditTable(audit, paperOf(io)));
    });
