import { Command } from 'commander';
import type { Api } from '../api';
import type { Io } from '../io';

/** What every command works with. The API is made when it is first needed: its address may be wrong. */
export interface Context {
  io: Io;
  api: () => Api;
  /** Set by a command that ends with another exit code than 0. */
  exit: number;
}

/** For a command that has a plan. */
export const withPlan = (command: Command): Command =>
  command.option('--plan', 'print what it would do, and change nothing').option('--plan-hash <hash>', 'do exactly what that plan said, or nothing');

/** A command with `--json`, which every command that answers something has. */
export const jsonCommand = (name: string, description: string): Command =>
  new Command(name).description(description).option('--json', 'print JSON and nothing else');
