import { Command } from 'commander';
import { removeMachine } from '../endpoints';
import { print, printJson } from '../io';
import { jsonCommand, type Context } from './shared';

export const machineCommand = (context: Context): Command =>
  new Command('machine').description('end a machine that nothing has any more; `grid machines` lists them').addCommand(removeCommand(context));

const removeCommand = (context: Context): Command =>
  jsonCommand('rm', 'end a machine whose owner the grid does not know').argument('<id>', 'the machine, e.g. agent--4-g1').action(async (id: string, { json }: { json?: boolean }) => {
    await removeMachine(context.api(), id);
    if (json) return printJson(context.io, { id, state: 'removed' });
    print(context.io, `${id} is removed`);
  });
