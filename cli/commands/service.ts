import { Command, Option } from 'commander';
import { readProcesses } from '../endpoints';
import { usage } from '../exit';
import { print } from '../io';
import { LISTER_FORMATS, listed, type ListerCell, type ListerFormat } from '../render/lister';
import type { Process } from '../wire';
import { jsonCommand, type Context } from './shared';

const COLUMNS: Record<string, (one: Process) => ListerCell | undefined> = {
  Name: (one) => one.name, 'Process Id': (one) => one.process, Hostname: (one) => one.hostname, 'Created At': (one) => one.created,
};

/** `grid service list`, as `vitrage service list` (V-4); `grid services` are those that the grid runs. */
export const serviceCommand = (context: Context): Command => new Command('service').description('list the processes of the grid itself, as Vitrage does its own').addCommand(listCommand(context));

const gathered = (value: string, before: string[] = []): string[] => [...before, value];

const listCommand = (context: Context): Command =>
  jsonCommand('list', 'list the processes of the grid: where they run and since when')
    .addOption(new Option('-f, --format <format>', 'how it is printed').choices(LISTER_FORMATS).default('table'))
    .option('-c, --column <column>', `only this one, may be repeated: ${Object.keys(COLUMNS).join(', ')}`, gathered)
    .action(async ({ format, column, json }: { format: ListerFormat; column?: string[]; json?: boolean }) => {
      const titles = Object.keys(COLUMNS).filter((title) => !column || column.includes(title));
      if (titles.length === 0) throw usage(`there is no column ${column!.join(', ')}`, `there are ${Object.keys(COLUMNS).join(', ')}`);
      const processes = await readProcesses(context.api());
      const rows = processes.map((one) => titles.map((title) => COLUMNS[title]!(one) ?? ''));
      print(context.io, await listed({ titles, rows }, json ? 'json' : format));
    });
