import { Command, CommanderError } from 'commander';
import { apiFrom, type Api } from './api';
import { agentsCommand } from './commands/agents';
import { aysWords } from './ays/words';
import { aysCommand } from './commands/ays';
import { auditCommand } from './commands/audit';
import { clustersCommand } from './commands/clusters';
import { completionCommand } from './commands/completion';
import { computeCommand } from './commands/compute';
import { computesCommand } from './commands/computes';
import { connectorCommand } from './commands/connector';
import { doctorCommand } from './commands/doctor';
import { execCommand } from './commands/exec';
import { installCommand } from './commands/install';
import { launchCommand } from './commands/launch';
import { lifecyclesCommand } from './commands/lifecycles';
import { logsCommand } from './commands/logs';
import { machineCommand } from './commands/machine';
import { machinesCommand } from './commands/machines';
import { membersCommand } from './commands/members';
import { nodesCommand } from './commands/nodes';
import { productsCommand } from './commands/products';
import { quotaCommand } from './commands/quota';
import { roleCommand } from './commands/role';
import { scaleCommand } from './commands/scale';
import { serviceCommand } from './commands/service';
import { instancesCommand, servicesCommand } from './commands/services';
import type { Context } from './commands/shared';
import { showCommand } from './commands/show';
import { statusCommand } from './commands/status';
import { tokenCommand } from './commands/token';
import { topCommand } from './commands/top';
import { uninstallCommand } from './commands/uninstall';
import { updateCommand } from './commands/update';
import { verbCommands } from './commands/verbs';
import { watchCommand } from './commands/watch';
import { webhookCommand } from './commands/webhook';
import { EXIT, Failure, type FailureDetail } from './exit';
import { isProblem } from '../model/errors';
import { columnsOf, paperOf, type Io } from './io';

const MORE_HELP = `
A cluster is written reference/1.0.0/1 (of user test), alice/reference/1.0.0/1, or in full.
A service is written webserver, an instance of it instance/webserver/0, an agent agent/0; their URIs are fine as well.

Exit codes:
  0  done             2  wrong use                4  no such thing
  1  error            3  waits for a person       130  Ctrl-C: what was started goes on
  \`exec\` ends with the exit code of its command.

Environment:
  GRID_API    where the grid answers (http://127.0.0.1:5000)
  GRID_TOKEN  as whom
  NO_COLOR    no colours`;

/** Runs one command line (without `node grid`); answers the exit code and never throws. */
export async function runGrid(argv: readonly string[], io: Io): Promise<number> {
  let api: Api | undefined;
  const context: Context = { io, api: () => (api ??= apiFrom(io.env)), exit: EXIT.ok };
  try {
    await programOf(context).parseAsync(argv[0] === 'ays' ? aysWords(argv) : [...argv], { from: 'user' });
    return context.exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
    return tell(io, detailOf(error), own.includes('--json'));
  }
}

export function programOf(context: Context): Command {
  const { io } = context;
  const program = new Command('grid').description('launches services and clusters, and keeps them true').addHelpText('after', MORE_HELP).enablePositionalOptions();
  const commands = [
    upPlaceholder(), statusCommand(context), doctorCommand(context), productsCommand(context), launchCommand(context), clustersCommand(context),
    installCommand(context), servicesCommand(context), instancesCommand(context), agentsCommand(context), updateCommand(context), uninstallCommand(context), aysCommand(context), showCommand(context),
    watchCommand(context), ...verbCommands(context), scaleCommand(context), nodesCommand(context), execCommand(context), logsCommand(context),
    machinesCommand(context), machineCommand(context), computesCommand(context), computeCommand(context), connectorCommand(context), membersCommand(context), serviceCommand(context), lifecyclesCommand(context), topCommand(context), roleCommand(context),
    tokenCommand(context), quotaCommand(context), auditCommand(context), webhookCommand(context),
    completionCommand(context, () => programOf(context)),
  ];
  for (const command of commands) program.addCommand(command);
  everyCommand(program, (command) =>
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: (text) => void io.stderr.write(text), getOutHelpWidth: () => Math.min(columnsOf(io), 120), getErrHelpWidth: () => Math.min(columnsOf(io), 120) }),
  );
  return program;
}

function everyCommand(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) everyCommand(child, change);
}

/** `up` brings the whole server side along, so it is loaded only when it is meant. */
const upPlaceholder = (): Command =>
  new Command('up')
    .description('bring the whole grid up in the foreground; Ctrl-C stops it, what it launched runs on')
    .argument('[command...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (_words: string[], _options: object, placeholder: Command) => {
      const { upCommand } = await import('./commands/up');
      const argv = (placeholder.parent as Command & { rawArgs: string[] }).rawArgs;
      await upCommand().exitOverride().parseAsync(argv.slice(argv.indexOf('up') + 1), { from: 'user' });
    });

function detailOf(error: unknown): FailureDetail {
  if (error instanceof Failure) return error.detail;
  if (isProblem(error)) {
    const { message, fix, code, status, field, evidence, problems = [] } = error;
    return { exit: EXIT.error, message, fix, code, status, field, evidence, more: problems.slice(1).map((p) => p.message) };
  }
  return { exit: EXIT.error, code: 'unexpected', message: `something went wrong that nobody foresaw: ${error instanceof Error ? error.message : String(error)}`, fix: 'try again; if it stays, report it with this text' };
}

async function tell(io: Io, failure: FailureDetail, json: boolean): Promise<number> {
  const { exit, ...said } = failure;
  if (json) io.stderr.write(`${JSON.stringify({ error: said })}\n`);
  else if (exit !== EXIT.interrupted || failure.fix) {
    const { failureText } = await import('./render/failure');
    io.stderr.write(`${failureText(failure, paperOf(io))}\n`);
  }
  return exit;
}
