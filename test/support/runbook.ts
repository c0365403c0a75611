import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../config';
import { shortId } from '../../cli/ids';
import { helpOf } from '../../model/codes';
import { grid as run } from './cli';
import type { TestGrid } from './grid';
import { untilPath } from './services';

/** What is done about it is one of these; everything else that a section gives is for looking. */
const DOES = /^grid (retry|skip|abort|repair|resume|scale|update|machine rm|destroy|undrain)\b/;

/**
 * Does what the runbook says about what is wrong with a lifecycle, as an operator does who follows its link: types every command that its section gives for
 * looking, mends what only the test can mend, then types those of the section that begin with these words. Where a section says no more than
 * "retry", the commands are at the head of its page.
 * @param ways e.g. `['retry']`, in this order
 * @param names what stands for the names of the page, beside those of the lifecycle itself
 * @returns what the commands for looking printed
 */
export async function byTheBook(grid: TestGrid, id: string, code: string, ways: string[], { mend, names = {} }: { mend?: () => unknown; names?: Record<string, string> } = {}): Promise<string> {
  const document = await untilPath(grid, `/api/v1/lifecycles/${id}`, (d) => reasonsOf(d).includes(code));
  const { first, head, section } = pageOf(code);
  const filled = (commands: string[]) => commands.map((command) => fill(command, { ...namesOf(id, document), ...names }));
  const own = section.filter((command) => !DOES.test(command));
  const said: string[] = [];
  for (const command of filled(own.length > 0 ? own : first)) said.push(await type(grid, command));
  await mend?.();
  for (const way of ways) {
    const command = filled(section).find((one) => one.startsWith(`grid ${way}`)) ?? filled(head).find((one) => one.startsWith(`grid ${way}`) && one.includes(shortId(id)));
    if (!command) throw new Error(`the section ${code} has no grid ${way} for ${id}`);
    await type(grid, command);
  }
  return said.join('\n');
}

/** Codes of all that is wrong, each of which has to lead to its section. */
function reasonsOf({ conditions, steps = [] }: { conditions: { reason: string; help?: string }[]; steps?: { state: string; lastError?: { code: string; help?: string } }[] }): string[] {
  const blocked = steps.filter(({ state, lastError }) => state === 'blocked' && lastError).map(({ lastError }) => [lastError!.code, lastError!.help] as const);
  const all = [...conditions.map(({ reason, help }) => [reason, help] as const), ...blocked];
  return all.filter(([code, help]) => help === helpOf(code)).map(([code]) => code);
}

/** Of the page of a code: the commands with which to look first, all at its head, and those in the section. */
function pageOf(code: string): { first: string[]; head: string[]; section: string[] } {
  const [path] = helpOf(code)!.slice(1).split('#');
  const [head, ...sections] = readFileSync(join(projectRoot(), path!), 'utf8').split(/^## /m);
  const all = commandsIn(head!);
  return {
    first: all.filter(({ line, command }) => line && !DOES.test(command)).map(({ command }) => command),
    head: all.map(({ command }) => command),
    section: commandsIn(sections.find((one) => one.startsWith(`${code}\n`))!).map(({ command }) => command),
  };
}

const commandsIn = (text: string) => [...text.matchAll(/^(grid .+)$|`(grid [^`]+)`/gm)].map(([, line, inline]) => ({ command: line ?? inline!, line: line !== undefined }));

/** What the pages call it, and how it is called here. */
function namesOf(id: string, { nodes, compute }: { nodes?: { name: string }[]; compute?: string }): Record<string, string> {
  const [kind, name = ''] = id.split('/');
  if (kind === 'cluster') return { 'reference/1.0.0/1': shortId(id), ...(nodes?.[0] ? { example0: nodes[0].name } : {}), ...(compute ? { 'compute/host': `compute/${compute}` } : {}) };
  if (kind === 'agent') return { 'agent/0': id, 'agent--0': `agent--${name}` };
  if (kind === 'instance') return { 'instance/webserver/0': id, webserver: name };
  return kind === 'service' ? { webserver: name } : kind === 'compute' ? { 'compute/host': id } : {};
}

const fill = (command: string, names: Record<string, string>): string =>
  Object.entries(names).sort(([a], [b]) => b.length - a.length).reduce((text, [name, here]) => text.replaceAll(name, here), command);

/** Throws with what it said when it is refused. */
async function type(grid: TestGrid, command: string): Promise<string> {
  const words = (command.match(/"[^"]*"|\S+/g) ?? []).slice(1).map((word) => word.replaceAll('"', ''));
  const { code, stdout, stderr } = await run(words, { env: { ...(grid.env as Record<string, string>), GRID_API: grid.api } });
  // `grid doctor` and `grid status` end so when they found what is wrong, and the rest when the verb was not taken.
  if (code !== 0 && !/^grid (doctor|status)\b/.test(command)) throw new Error(`${command}: ${code}\n${stdout}${stderr}`);
  return `$ ${command}\n${stdout}`;
}
