import { problem } from '../errors';
import { NAME } from '../ids';
import { isMap } from '../options';
import { raise } from '../raise';

/** File of the environment that says whose it is, and where what runs is: without secrets, and in git like the rest. */
export const MACHINES_FILE = 'machines.json';

/** What another grid needs to go on with this environment, should all else of this one be lost. */
export interface MachinesFile {
  /** Id of the grid: label of everything it made. */
  grid: string;
  /** Where its agents find Temporal, as the grid's own host has it. */
  temporal: string;
  /** All numbers of agents that were ever given are below this. */
  numbersBelow: number;
  /** By path of the node's service, the number of the agent on its machine; empty: the grid's own. */
  agents: Record<string, number>;
}

/** Raises Problem 400 `broken_model`. */
export function readMachinesFile(text: string): MachinesFile {
  const file = parsed(text);
  if (!isMap(file)) return wrong('it is not an object');
  const { grid, temporal, numbersBelow, agents } = file;
  if (typeof grid !== 'string' || !NAME.test(grid)) return wrong('grid is not the id of a grid');
  if (typeof temporal !== 'string') return wrong('temporal is not an address');
  if (!isNumber(numbersBelow)) return wrong('numbersBelow is not a whole number');
  if (!isMap(agents) || !Object.values(agents).every((number) => isNumber(number) && number < numbersBelow)) return wrong('agents are not numbers by node, all below numbersBelow');
  return { grid, temporal, numbersBelow, agents: agents as Record<string, number> };
}

export const writeMachinesFile = ({ grid, temporal, numbersBelow, agents }: MachinesFile): string =>
  `${JSON.stringify({ grid, temporal, numbersBelow, agents: Object.fromEntries(Object.entries(agents).sort(([one], [other]) => (one < other ? -1 : 1))) }, null, 2)}\n`;

/** Numbers are written down in blocks, long before they are given: the file changes seldom and is never behind. */
const BLOCK = 1_000;

/** @param next the number that the next agent gets */
export const blockAbove = (next: number, had = 0): number => (next + BLOCK / 2 <= had ? had : Math.ceil((next + BLOCK / 2) / BLOCK) * BLOCK);

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const wrong = (message: string): never =>
  raise(problem(400, 'broken_model', `${MACHINES_FILE}: ${message}`, 'Bring it back as git has it; or take it out, and what runs is not found by this grid.', { field: MACHINES_FILE }));
