import type { Command } from 'commander';
import { readLogs } from '../endpoints';
import { usage } from '../exit';
import { machineOf } from '../targets';
import { jsonCommand, type Context } from './shared';

interface LogOptions {
  follow?: boolean;
  tail: string;
  json?: boolean;
}

export const logsCommand = (context: Context): Command =>
  jsonCommand('logs', 'print what a machine printed (with --json: a document a piece)')
    .argument('<words...>', 'a machine, an instance or agent, a cluster and a node, or cluster/node as in reference/1.0.0/1/example0')
    .option('-f, --follow', 'go on with what it prints from now on, until Ctrl-C or its end')
    .option('--tail <lines>', 'how many of the last lines to begin with', '100')
    .action(async (words: string[], { follow, tail, json }: LogOptions) => {
      const { io } = context;
      if (!/^\d+$/.test(tail)) throw usage(`--tail ${tail} is not a number of lines`, 'write e.g. --tail 50');
      const api = context.api();
      const machine = await machineOf(api, words, io);
      const write = (text: string) => void io.stdout.write(json ? `${JSON.stringify({ machine, text })}\n` : text);
      await readLogs(api, machine, { tail, follow: follow === true }, write, io.signal);
    });
