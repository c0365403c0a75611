import { Command } from 'commander';
import { drained } from '../drain';
import { drainCompute, putCompute, readCompute, removeCompute, undrainCompute } from '../endpoints';
import { paperOf, print, printJson } from '../io';
import { jsonCommand, type Context } from './shared';

export const computeCommand = (context: Context): Command =>
  new Command('compute').description('define, show, drain and remove a compute; `grid computes` lists them').addCommand(addCommand(context)).addCommand(showCommand(context)).addCommand(drainCommand(context)).addCommand(undrainCommand(context)).addCommand(removeCommand(context));

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

const drainCommand = (context: Context): Command =>
  named('drain', 'place nothing new on a compute and move its services elsewhere; says what it waits for')
    .option('--to <compute>', 'where its services go', 'host')
    .option('--no-wait', 'order it and come back at once')
    .action(async (name: string, { json, to, wait }: { json?: boolean; to: string; wait: boolean }) => {
      const compute = wait ? await drained(context.api(), context.io, name, to) : await drainCompute(context.api(), name, to);
      if (json) return printJson(context.io, compute);
      print(context.io, `${name} is ${compute.state}`);
    });

const undrainCommand = (context: Context): Command =>
  named('undrain', 'place things on a compute again').action(async (name: string, { json }: { json?: boolean }) => {
    const compute = await undrainCompute(context.api(), name);
    if (json) return printJson(context.io, compute);
    print(context.io, `${name} is ${compute.state}`);
  });

const removeCommand = (context: Context): Command =>
  named('rm', 'remove a compute that nothing runs on').option('--force', 'drain it first', false).option('--to <compute>', 'with --force: where its services go', 'host').action(async (name: string, { json, force, to }: { json?: boolean; force: boolean; to: string }) => {
    if (force) await drained(context.api(), context.io, name, to);
    await removeCompute(context.api(), name);
    if (json) return printJson(context.io, { name, state: 'removed' });
    print(context.io, `${name} is removed`);
  });
