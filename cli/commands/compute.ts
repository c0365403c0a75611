import { Command } from 'commander';
import { putCompute, readCompute, removeCompute } from '../endpoints';
import { paperOf, print, printJson } from '../io';
import { jsonCommand, type Context } from './shared';

export const computeCommand = (context: Context): Command =>
  new Command('compute').description('define, show and remove a compute; `grid computes` lists them').addCommand(addCommand(context)).addCommand(showCommand(context)).addCommand(removeCommand(context));

const named = (name: string, description: string): Command => jsonCommand(name, description).argument('<name>', 'the compute, e.g. rack1');

const addCommand = (context: Context): Command =>
  named('add', 'define a compute, or give it another connector while nothing runs there')
    .argument('<connector>', 'where it leads, e.g. process:?net=127.98&cpu=2')
    .action(async (name: string, connector: string, { json }: { json?: boolean }) => {
      const { status, body } = await putCompute(context.api(), name, connector);
      if (json) return printJson(context.io, body);
      const { showText } = await import('../render/show');
      print(context.io, `${name} is ${status === 201 ? 'defined' : 'as you say'}\n${showText(body, paperOf(context.io))}`);
    });

const showCommand = (context: Context): Command =>
  named('show', 'show where a compute leads, what it has, and who has how much of it').action(async (name: string, { json }: { json?: boolean }) => {
    const compute = await readCompute(context.api(), name);
    if (json) return printJson(context.io, compute);
    const { showText } = await import('../render/show');
    print(context.io, showText(compute, paperOf(context.io)));
  });

const removeCommand = (context: Context): Command =>
  named('rm', 'remove a compute that nothing runs on').action(async (name: string, { json }: { json?: boolean }) => {
    await removeCompute(context.api(), name);
    if (json) return printJson(context.io, { name, state: 'removed' });
    print(context.io, `${name} is removed`);
  });
