import { text } from 'node:stream/consumers';
import { constants } from 'node:os';
import type { Command } from 'commander';
import type { ExecResult } from '../../model/machine';
import { execOn } from '../endpoints';
import { usage } from '../exit';
import { printJson, type Io } from '../io';
import { machineOf } from '../targets';
import { jsonCommand, type Context } from './shared';

interface ExecOptions {
  stdin?: boolean;
  timeout?: string;
  json?: boolean;
}

export const execCommand = (context: Context): Command =>
  jsonCommand('exec', 'run a command on a machine; its exit code is ours')
    .usage('[options] <machine | cluster node> -- <argv...>')
    .argument('<words...>', 'a machine, an instance or agent, or a cluster and a node, then -- and the command; within a script the node is enough')
    .option('-i, --stdin', 'send our standard input along')
    .option('--timeout <seconds>', 'end the command after this long')
    .action(async (words: string[], options: ExecOptions, command: Command) => {
      const { io } = context;
      const argv = afterDashes(command);
      const target = words.slice(0, words.length - argv.length);
      if (argv.length === 0 || target.length === 0) throw usage('no command is given', 'write it after --, e.g. `grid exec reference/1.0.0/1 example0 -- ls -l`');
      const timeoutMs = options.timeout === undefined ? undefined : millisecondsIn(options.timeout);
      const stdin = options.stdin && !io.stdin.isTTY ? await text(io.stdin as NodeJS.ReadStream) : undefined;
      const api = context.api();
      const result = await execOn(api, await machineOf(api, target, io), { argv, ...(stdin === undefined ? {} : { stdin }), ...(timeoutMs ? { timeoutMs } : {}) }, io.signal);
      tell(io, result, options.json);
      context.exit = exitOf(result);
    });

/** Commander forgets where `--` stood, and without it the command's own words could not be told from ours. */
function afterDashes(command: Command): string[] {
  let root = command;
  while (root.parent) root = root.parent;
  const { rawArgs } = root as Command & { rawArgs: string[] };
  const at = rawArgs.indexOf('--');
  return at < 0 ? [] : rawArgs.slice(at + 1);
}

function millisecondsIn(seconds: string): number {
  const value = Number(seconds);
  if (!(value > 0)) throw usage(`--timeout ${seconds} is not a number of seconds`, 'write e.g. --timeout 120');
  return Math.ceil(value * 1000);
}

function tell(io: Io, result: ExecResult, json?: boolean): void {
  if (json) return printJson(io, result);
  io.stdout.write(result.stdout);
  io.stderr.write(result.stderr);
  if (result.truncated) io.stderr.write('grid: the output was longer; this is its end\n');
  if (result.timedOut) io.stderr.write('grid: the command was ended, it took too long (--timeout)\n');
}

/** As a shell says it: 124 for a time limit, 128 and the number for a signal. */
const exitOf = ({ exit, signal, timedOut }: ExecResult): number =>
  timedOut ? 124 : (exit ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0));
