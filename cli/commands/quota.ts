import { Command } from 'commander';
import type { Limits, QuotaSummary } from '../../model/quota';
import { readAll, readQuota, removeQuota, setQuota } from '../endpoints';
import { usage } from '../exit';
import { paperOf, print, printJson } from '../io';
import { jsonCommand, type Context } from './shared';

export const quotaCommand = (context: Context): Command =>
  new Command('quota').description('limit what an owner may have at once: machines, cpu, memory').addCommand(setCommand(context)).addCommand(listCommand(context)).addCommand(showCommand(context)).addCommand(removeCommand(context));

const FIELDS: Record<string, keyof Limits> = { machines: 'machines', cpu: 'cpu', mem: 'memMiB' };
const RULE = 'write machines=3, cpu=2.5 (cores) or mem=4096 (MiB)';

/** @throws Failure saying which word is no limit */
export const limitsOf = (words: string[]): Limits =>
  Object.fromEntries(words.map((word) => {
    const [, name = '', value = ''] = /^(machines|cpu|mem)=(\d+(?:\.\d{1,3})?)$/.exec(word) ?? [];
    if (!name || (name !== 'cpu' && value.includes('.'))) throw usage(`${word} is no limit`, RULE);
    return [FIELDS[name]!, Number(value)];
  }));

const setCommand = (context: Context): Command =>
  jsonCommand('set', 'set all limits of an owner at once; what is not named is not limited')
    .argument('<owner>')
    .argument('<limits...>', 'machines=3 cpu=2.5 mem=4096 (MiB)')
    .action(async (owner: string, words: string[], { json }: { json?: boolean }) => {
      const quota = await setQuota(context.api(), owner, limitsOf(words));
      if (json) return printJson(context.io, quota);
      const { quotaText } = await import('../render/access');
      print(context.io, quotaText(quota, paperOf(context.io)));
    });

const listCommand = (context: Context): Command =>
  jsonCommand('list', 'list quotas, and what was used of them at the last order').action(async ({ json }: { json?: boolean }) => {
    const quotas = await readAll<QuotaSummary>(context.api(), 'quotas');
    if (json) return printJson(context.io, { quotas });
    const { quotasTable } = await import('../render/access');
    print(context.io, quotasTable(quotas, paperOf(context.io)));
  });

const showCommand = (context: Context): Command =>
  jsonCommand('show', 'show what an owner may have, has, and by which of his clusters').argument('<owner>').action(async (owner: string, { json }: { json?: boolean }) => {
    const quota = await readQuota(context.api(), owner);
    if (json) return printJson(context.io, quota);
    const { quotaText } = await import('../render/access');
    print(context.io, quotaText(quota, paperOf(context.io)));
  });

const removeCommand = (context: Context): Command =>
  jsonCommand('rm', 'limit an owner no longer').argument('<owner>').action(async (owner: string, { json }: { json?: boolean }) => {
    await removeQuota(context.api(), owner);
    if (json) return printJson(context.io, { owner, limits: {} });
    print(context.io, `${owner} is not limited`);
  });
