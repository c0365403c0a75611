import { Command } from 'commander';
import type { RunVerb } from '../../model/environment/run';
import type { RunOptions, Selecting } from '../ays/request';
import { GONE_VERBS } from '../ays/words';
import { usage } from '../exit';
import type { PlanOptions } from '../plan';
import { jsonCommand, withPlan, type Context } from './shared';

type Change = (command: Command) => Command;

const gathered = (value: string, before: string[] = []): string[] => [...before, value];
const same: Change = (command) => command;
const withUrl: Change = (command) => command.option('--url <url>', 'where the data is, or goes');

/** Every verb that does something, with what it alone takes (§5.3). */
const VERBS: Partial<Record<RunVerb, [does: string, also: Change]>> = {
  install: ['make a service and all that it depends on, and start them', (command) => command
    .option('--data <values>', "values, as in 'param.port:27018 param.host:db1' or 'param.port=27018#param.host=db1'", gathered)
    .option('--hrdseed <file>', 'values of several services from a file, <domain>.<name>.<instance>.<key> = value (also -hs)')
    .option('--no-start', 'leave it stopped')
    .option('-r, --reinstall', 'do every step again, even if nothing has changed')
    .option('-s, --single', 'without what it depends on')
    .option('--consume <category:instance>', 'what it is to use, as in database:main', gathered)],
  start: ['start services, after what they depend on', same],
  stop: ['stop services, nothing that they depend on', same],
  restart: ['stop and start services', same],
  build: ['build services where the model is', same],
  prepare: ['run their action prepare', same],
  configure: ['run their action configure', same],
  update: ['make services anew of their templates as these are now, with the same values', same],
  monitor: ['run their action monitor and print what it found', same],
  execute: ['run a command by their action execute and print what it said', (command) => command.requiredOption('--cmd <command>', 'the command')],
  test: ['run their action test', same],
  export: ['have services write their data, and print where', withUrl],
  import: ['have services take data that was exported', (command) => withUrl(command).option('--id <number>', 'of an export, as `ays exports` shows it')],
  cleanup: ['run their action cleanup', same],
  consume: ['have a service use another producer of a category', (command) => command.requiredOption('--category <category>', 'of what').requiredOption('--producer <instance>', 'which one')],
  removedata: ['remove the data of services', same],
  reset: ['take services away with what only they depend on', same],
  uninstall: ['reset, and run their action uninstall', same],
};

export function aysCommand(context: Context): Command {
  const ays = new Command('ays').description('the environment of AtYourService: install, run and look at services of a model in git; also as the command `ays`');
  for (const [verb, [does, also]] of Object.entries(VERBS)) ays.addCommand(runCommand(context, verb as RunVerb, does, also));
  for (const command of listCommands(context)) ays.addCommand(command);
  for (const [verb, [why, instead]] of Object.entries(GONE_VERBS)) ays.addCommand(goneCommand(verb, why, instead), { hidden: true });
  return ays;
}

/** The services that are meant; what is left out is any. */
const selecting: Change = (command) => command
  .option('-n, --name <name>', 'name of the service').option('-d, --domain <domain>', 'its domain').option('-i, --instance <instance>', 'its instance')
  .option('--parent <key>', 'below this one: domain__name__instance, then those of its own parents').option('--immediate', 'directly below, not deeper')
  .option('--targetname <instance>', 'a node, by its instance (also -tn)').option('--targettype <name>', 'name of the node, as in node.ssh (also -tt)');

const runCommand = (context: Context, verb: RunVerb, does: string, also: Change): Command =>
  also(selecting(jsonCommand(verb, does)))
    .option('--nodeps', 'without what they depend on')
    .option('-q, --quiet', 'ask nothing, and print only answers and what went wrong')
    .option('-f, --force', 'also where others need it, and without a selection')
    .option('--verbose', 'print what actions printed, too')
    .option('--local', 'only where it is done on the machine of the grid').option('--noremote', 'the same')
    .option('--wait', 'wait until it is done', true).option('--no-wait', 'come back as soon as it is taken')
    .action(async (options: RunOptions) => {
      if (options.name === undefined && (verb === 'install' || verb === 'consume')) throw usage(`it is not said what to ${verb}`, 'name it, as in -n redis');
      const { runVerb } = await import('../ays/run');
      context.exit = await runVerb(context, verb, options);
    });

const following: Change = (command) => command
  .option('-q, --quiet', 'print only what went wrong').option('--verbose', 'print what actions printed, too')
  .option('--wait', 'wait until it is done', true).option('--no-wait', 'come back as soon as it is taken');

function listCommands(context: Context): Command[] {
  const command = (name: 'listAll' | 'tellStatus' | 'listNodes' | 'listExports' | 'tellPath', verb: string, does: string) =>
    selecting(jsonCommand(verb, does)).action(async (options: Selecting) => (await import('../ays/lists'))[name](context, options));
  return [
    command('listAll', 'list', 'list templates that can be installed, or services that are').option('--installed', 'services that are installed'),
    command('tellStatus', 'status', 'say of every service with processes whether they run; ends with 1 when one does not'),
    command('listNodes', 'nodes', 'list nodes that services can be installed on'),
    command('listExports', 'exports', 'list what services exported, and where to'),
    jsonCommand('diff', 'show what the model and what runs differ in; ends with 1 when they do').action(async (options: RunOptions) => (await import('../ays/apply')).tellDifferences(context, options)),
    following(withPlan(jsonCommand('apply', 'make what runs equal to the model, as after a pull: what is shown, or nothing'))).action(async (options: RunOptions & PlanOptions) => (await import('../ays/apply')).apply(context, options)),
    following(jsonCommand('blueprint', 'install what a file of services describes, as far as it is not there').argument('<file>', 'YAML: name__instance, and below it values, domain, parent, consume'))
      .action(async (file: string, options: RunOptions) => (await import('../ays/apply')).applyBlueprint(context, file, options)),
    following(jsonCommand('adopt', 'take over what the grid before this one has running on nodes, as it is')).action(async (options: RunOptions) => {
      context.exit = await (await import('../ays/run')).followRun(context, { verb: 'adopt' }, options);
    }),
    following(jsonCommand('mdupdate', 'fetch the templates of domains from their repositories, as they are there now')).option('-d, --domain <domain>', 'of this one alone')
      .action(async ({ domain, ...options }: RunOptions) => {
        context.exit = await (await import('../ays/run')).followRun(context, { verb: 'mdupdate', ...(domain ? { domain } : {}) }, options);
      }),
    command('tellPath', 'hrdpath', 'print where the model is, or its services are'),
  ];
}

const goneCommand = (verb: string, why: string, instead: string): Command =>
  jsonCommand(verb, why).argument('[words...]').allowUnknownOption().helpOption(false).action(() => {
    throw usage(`${verb}: ${why}`, instead);
  });
