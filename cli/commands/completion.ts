import { Argument, Command } from 'commander';
import { print } from '../io';
import type { Context } from './shared';

/** The tree is asked for when the command runs: it holds this very command. */
export const completionCommand = (context: Context, root: () => Command): Command =>
  new Command('completion')
    .description('print the completion script of a shell, e.g. eval "$(grid completion bash)"')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('../render/completion');
      print(context.io, completionScript(shell, root()));
    });
