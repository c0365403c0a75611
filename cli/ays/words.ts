import { usage } from '../exit';

/** Flags of the original with one dash before two letters, which are two flags to whoever reads a command line. */
const TWO_LETTERS: Record<string, string> = { '-tn': '--targetname', '-tt': '--targettype', '-hs': '--hrdseed', '-hr': '--hrdreset' };

/** Flags that mean nothing here, with what to do instead. */
const GONE: Record<string, [why: string, instead: string]> = {
  '--hrdreset': ['the values of a service are never forgotten on the side', 'give them anew with --data, or `grid ays reset` and install it again'],
  '--offline': ['what is downloaded is downloaded where the service is', 'leave it out'],
  '--tolocal': ['data is imported where the service is', 'leave it out'],
};
const SHORT: Record<string, string> = { '-o': '--offline' };

/** The words of an `ays` command with `-tn n1` as `--targetname n1`; what follows `--` stays as it is. */
export function aysWords(words: readonly string[]): string[] {
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  const own = words.slice(0, end).map((word) => TWO_LETTERS[word] ?? word);
  const gone = own.map((word) => SHORT[word] ?? word).find((word) => word in GONE);
  if (gone) throw usage(`${gone}: ${GONE[gone]![0]}`, GONE[gone]![1]);
  return [...own, ...words.slice(end)];
}

/** Verbs of the original that mean nothing here, with what to do instead. */
export const GONE_VERBS: Record<string, [why: string, instead: string]> = {
  push: ['agents fetch what their services are made of, so nothing is pushed to nodes', 'share the model with `git push` below `grid ays hrdpath`'],
  console: ['there is no console of the model', '`grid ays execute -n NAME --cmd …` runs something, `grid ays list --installed --json` shows everything'],
  makelocal: ['the agent of a node works on its services there, without a copy that has to be made local', '`grid ays install -n NAME` without -tn makes a service on the machine of the grid'],
  resetstate: ['which steps were done is kept by the service itself', '`grid ays install -n NAME -r` does all of them again'],
};
