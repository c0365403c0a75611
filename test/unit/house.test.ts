import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = join(__dirname, '../..');
const ROOMS = ['model', 'process', 'workflows', 'activities', 'workers', 'api', 'cli', 'config'];
const IMPORT = /^(?:import|export)\s+(type\s+)?([^;'"]*?)\s*from\s+'(\.[^']+)'/gm;

const filesOf = (room: string): string[] =>
  room === 'config' ? ['config.ts'] : readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name)).map((name) => join(room, name));

/** Which room takes what from which other: `a --> b`, or `a -.-> b` where it is types only, which are gone when it runs. */
function arrowsOf(room: string): Map<string, boolean> {
  const arrows = new Map<string, boolean>();
  for (const file of filesOf(room)) {
    for (const [, typed, names, from] of readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)) {
      const to = relative(ROOT, resolve(ROOT, dirname(file), from!)).split('/')[0]!;
      if (to === room || !ROOMS.includes(to)) continue;
      const onlyTypes = typed !== undefined || /^\{(\s*type\s[^,]+,?)+\s*\}$/.test(names!);
      arrows.set(to, (arrows.get(to) ?? true) && onlyTypes);
    }
  }
  return arrows;
}

test('the picture of the house shows every room, and every way from one to another', () => {
  const picture = /```mermaid\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'docs/develop.md'), 'utf8'))![1]!;
  const drawn = [...picture.matchAll(/^ *(\w+) (-->|-\.->) (\w+)$/gm)].map(([, from, arrow, to]) => `${from} ${arrow} ${to}`);
  const real = ROOMS.flatMap((room) => [...arrowsOf(room)].map(([to, onlyTypes]) => `${room} ${onlyTypes ? '-.->' : '-->'} ${to}`));
  expect(drawn.sort()).toEqual(real.sort());
});
