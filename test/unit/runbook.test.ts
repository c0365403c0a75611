import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { anchorOf } from '../../api/manual';
import { helpOf, RUNBOOK } from '../../model/codes';
import { grid } from '../support/cli';

const ROOT = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const under = (directory: string, ending: RegExp): string[] =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' }).filter((name) => ending.test(name)).map((name) => join(directory, name));

const titlesOf = (page: string): string[] => [...read(page).replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, title]) => title!);

test.each(Object.entries(RUNBOOK))('the page %s of the runbook has a section for each of its codes, and no other', (page, codes) => {
  expect(titlesOf(`docs/runbook/${page}.md`).slice(1)).toEqual([...codes]);
});

test('every section says what to do, and a code is on one page', () => {
  const all = Object.values(RUNBOOK).flat();
  expect(all.filter((code, i) => all.indexOf(code) !== i)).toEqual([]);
  for (const page of Object.keys(RUNBOOK)) {
    for (const section of read(`docs/runbook/${page}.md`).split(/^## /m).slice(1)) expect(section.trim().split(/\s+/).length).toBeGreaterThan(5);
  }
});

test('a reason leads to its section, one of another release nowhere', () => {
  expect(helpOf('no_capacity')).toBe('/docs/runbook/clusters.md#no_capacity');
  expect(helpOf('of_another_release')).toBeUndefined();
});

test('there is no code that nothing says', () => {
  const sources = ['model', 'activities', 'workflows', 'api', 'workers', 'process', 'cli/up'].flatMap((directory) => under(directory, /\.tsx?$/)).filter((path) => path !== 'model/codes.ts');
  const text = [...sources, 'config.ts'].map(read).join('\n');
  // `check` in api/http makes these of where it looks.
  const made = ['invalid_body', 'invalid_query'];
  expect(Object.values(RUNBOOK).flat().filter((code) => !made.includes(code) && !text.includes(`'${code}'`))).toEqual([]);
});

test('every link between pages of the manual leads to something, and every page is linked from the index', () => {
  const pages = ['README.md', ...under('docs', /\.md$/)];
  const anchors = new Map(pages.map((page) => [page, new Set(titlesOf(page).map(anchorOf))]));
  const lost: string[] = [];
  const linked = new Set<string>();
  for (const page of pages) {
    for (const [, target] of read(page).replace(/^```[\s\S]*?^```/gm, '').matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path, anchor] = target!.split('#') as [string, string?];
      const to = path ? relative(ROOT, resolve(ROOT, dirname(page), path)) : page;
      if (page === 'docs/README.md') linked.add(to);
      // The API serves docs/ and nothing beside it.
      if (page !== 'README.md' && !to.startsWith('docs/')) lost.push(`${page}: ${target}`);
      if (to.endsWith('.png') ? existsSync(join(ROOT, to)) : anchors.has(to) && (!anchor || anchors.get(to)!.has(anchor))) continue;
      lost.push(`${page}: ${target}`);
    }
  }
  expect(lost).toEqual([]);
  expect(pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !linked.has(page))).toEqual([]);
});

/** These bring something up, or are the head of others. */
const ASK_NO_API = ['up', 'connector', 'token', 'ays'];

/** What a page tells to type: whole lines of its blocks, and what stands between its words. */
function commandsIn(page: string): string[] {
  const text = read(page);
  const blocks = [...text.matchAll(/^```\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.split('\n'));
  const inline = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`(grid [^`]+)`/g)].map(([, command]) => command!);
  return [...blocks, ...inline].filter((line) => line.startsWith('grid ') && !/[…<]/.test(line));
}

test('every command that the runbook tells to type is one that there is, with arguments that it takes', async () => {
  const pages = [...Object.keys(RUNBOOK).map((page) => `docs/runbook/${page}.md`), ...['recover', 'install', 'security', 'upgrade'].map((page) => `docs/${page}.md`)];
  const commands = [...new Set(pages.flatMap(commandsIn))];
  expect(commands.length).toBeGreaterThan(40);
  const env = { GRID_API: 'http://127.0.0.1:9' };
  const wrong: string[] = [];
  for (const command of commands) {
    const words = (command.match(/"[^"]*"|\S+/g) ?? []).slice(1).map((word) => word.replaceAll('"', ''));
    if (ASK_NO_API.includes(words.join(' ')) || (words[0] !== 'ays' && ASK_NO_API.includes(words[0]!))) continue;
    const { code, stdout, stderr } = await grid(words, { env });
    // A command that is only named, without its arguments, has its help.
    const named = /missing required argument|required option/.test(stderr) && (await grid([...words, '--help'], { env })).stdout.startsWith(`Usage: grid ${words.join(' ')} `);
    if (!named && (code === 2 || !`${stdout}${stderr}`.includes(env.GRID_API))) wrong.push(`${command}: ${code} ${stderr.slice(0, 200)}`);
  }
  expect(wrong).toEqual([]);
});
