import { readFile } from 'node:fs/promises';
import type { Context } from '../commands/shared';
import { planApply, readDifferences } from '../endpoints';
import { EXIT, usage } from '../exit';
import { paperOf, print, printJson } from '../io';
import { tellPlan, type PlanOptions } from '../plan';
import { differencesText } from '../render/ays';
import type { RunOptions } from './request';
import { followRun } from './run';

type Options = Pick<RunOptions, 'json' | 'quiet' | 'wait' | 'verbose'>;

/** What the model and what runs differ in; ends with 1 where they do, as `diff` does. */
export async function tellDifferences(context: Context, { json }: Options): Promise<void> {
  const { io, api } = context;
  const seen = await readDifferences(api());
  if (seen.differences.length > 0) context.exit = EXIT.error;
  return json ? printJson(io, seen) : print(io, differencesText(seen, paperOf(io)));
}

/** Makes what runs equal to the model: exactly what is shown first, or nothing when model or services changed meanwhile. */
export async function apply(context: Context, { plan, planHash, ...options }: Options & PlanOptions): Promise<void> {
  const { io } = context;
  if (plan) return tellPlan(io, await planApply(context.api()), options);
  if (planHash !== undefined) return void (context.exit = await followRun(context, { verb: 'apply', expect: planHash }, options));
  const seen = await readDifferences(context.api());
  if (!options.json && !options.quiet) print(io, differencesText(seen, paperOf(io)));
  if (seen.differences.length === 0) return options.json ? printJson(io, seen) : undefined;
  context.exit = await followRun(context, { verb: 'apply', expect: seen.token }, options);
}

/** Installs what a file describes; what is there as it is described stays as it is. */
export async function applyBlueprint(context: Context, file: string, options: Options): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usage(`${file} cannot be read (${error.code})`, 'name a YAML file with services by name__instance');
  });
  const { parse } = await import('yaml');
  context.exit = await followRun(context, { verb: 'blueprint', blueprint: parsed(file, text, parse) }, options);
}

function parsed(file: string, text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw usage(`${file} is not YAML: ${(error as Error).message.split('\n')[0]}`, 'mend that line');
  }
}
