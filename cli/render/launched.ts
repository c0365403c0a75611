import { shortId } from '../ids';
import type { Outcome } from '../outcome';
import { OVER } from '../../model/states';
import type { Shown } from '../wire';
import { factsText } from './facts';
import type { Paper } from './paper';
import { blockedInstances } from './service_parts';
import { blockedText, commandsText, conditionLines } from './steps';
import { took } from '../../model/time';

export interface Addresses {
  /** Where the API shows it, and what the seed's own paths call it. */
  api: string;
  temporal?: string;
}

/** What stands below the progress when it has come to its end: how it went, where it is, how to go on. */
export function endText(life: Shown, outcome: Outcome, addresses: Addresses, paper: Paper, before?: Shown): string {
  const { color } = paper;
  const name = shortId(life.id);
  switch (outcome.is) {
    case 'reached':
      return `${color.green(`${name} is ${life.state}`)}${tookText(life, paper, before)}\n${placesText(life, addresses, paper)}`;
    case 'blocked':
      return `${[blockedText(life, paper), blockedInstances(life, paper)].filter(Boolean).join('\n')}\n${placesText(life, addresses, paper, true)}`;
    case 'paused':
      return `${color.yellow(`${name} is paused`)}; go on with\n${commandsText(life, paper)}`;
    case 'degraded':
      return [color.red(`${name} is ${life.state}, but not whole`), ...conditionLines(life, paper), 'go on with', commandsText(life, paper)].join('\n');
    case 'missed':
      return [color.red(`${name} is ${life.state}`), ...conditionLines(life, paper), ...(life.problem ? [life.problem.message, `fix: ${life.problem.fix}`] : [])].join('\n');
  }
}

function tookText(life: Shown, paper: Paper, before?: Shown): string {
  const last = life.operations?.at(-1);
  const isNew = last && last.startedAt !== before?.operations?.at(-1)?.startedAt;
  return isNew ? ` after ${took(last.startedAt, last.endedAt, paper.now)}` : '';
}

function placesText(life: Shown, { api, temporal }: Addresses, { grid, ...paper }: Paper, look = false): string {
  const name = shortId(life.id);
  const commands: [string, string][] = look
    ? [['look', `${grid} show ${name} --output`]]
    : [['look', `${grid} show ${name}`], life.wish ? ['uninstall', `${grid} uninstall ${life.wish.service}`] : ['destroy', `${grid} destroy ${name}`]];
  return factsText([['API', api], ['Temporal', temporal ?? ''], ...(OVER.includes(life.state) ? [] : commands)], { grid, ...paper });
}
