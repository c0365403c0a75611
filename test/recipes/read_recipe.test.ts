import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listRecipes, readRecipe } from '../../activities/catalog/read_recipe';
import { checkRecipeFiles } from '../../activities/instances/recipe_files';
import { projectRoot } from '../../config';

let catalog: string;
beforeEach(() => { catalog = mkdtempSync(join(tmpdir(), 'grid-recipes-')); });
afterEach(() => rmSync(catalog, { recursive: true }));

function put(name: string, files: Record<string, string | Buffer>): void {
  for (const [file, text] of Object.entries(files)) {
    const path = join(catalog, 'recipes', name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

test('every recipe that ships is read whole, and can be an instance', async () => {
  const shipped = join(projectRoot(), 'catalog');
  expect(await listRecipes(shipped)).toEqual(['location', 'node.docker', 'node.local', 'node.ssh', 'redis', 'sshkey', 'tomcat', 'webserver']);
  for (const name of await listRecipes(shipped)) {
    const recipe = await readRecipe(shipped, name);
    expect(Object.keys(recipe.files)).toEqual(expect.arrayContaining(['README.md', 'service.hrd']));
    expect(recipe.machine).toEqual({ cpu: expect.any(Number), memMiB: expect.any(Number), placement: 'spread' });
    expect(() => checkRecipeFiles(name, recipe.files)).not.toThrow();
  }
});

test('the checksum tells any other text, name or file, and nothing else', async () => {
  const checksumOf = async (files: Record<string, string>) => {
    rmSync(join(catalog, 'recipes'), { recursive: true, force: true });
    put('one', files);
    return (await readRecipe(catalog, 'one')).checksum;
  };
  const files = { 'service.hrd': 'category = x\n', 'a/b.txt': 'text' };
  const checksum = await checksumOf(files);
  expect(checksum).toMatch(/^[0-9a-f]{64}$/);
  expect(await checksumOf({ 'a/b.txt': 'text', 'service.hrd': 'category = x\n' })).toBe(checksum);
  const others: Record<string, string>[] = [{ ...files, 'a/b.txt': 'texts' }, { 'service.hrd': files['service.hrd'], 'a/c.txt': 'text' }, { ...files, 'd.txt': '' }];
  expect(new Set([checksum, ...(await others.reduce(async (all, one) => [...(await all), await checksumOf(one)], Promise.resolve<string[]>([])))]).size).toBe(4);
});

test('what its machine needs comes from service.hrd, or is little', async () => {
  put('big', { 'service.hrd': 'machine.cpu = 1.5\nmachine.mem = 2048\nmachine.placement = pack\nmachine.apart = 1\nmachine.host_tags = ssd, rack1\n' });
  put('small', { 'service.hrd': '' });
  expect((await readRecipe(catalog, 'big')).machine).toEqual({ cpu: 1.5, memMiB: 2048, placement: 'pack', apart: true, hostTags: ['ssd', 'rack1'] });
  expect((await readRecipe(catalog, 'small')).machine).toEqual({ cpu: 0.1, memMiB: 128, placement: 'spread' });
  put('odd', { 'service.hrd': 'machine.placement = wide\n' });
  await expect(readRecipe(catalog, 'odd')).rejects.toMatchObject({ problem: { code: 'broken_catalog', message: expect.stringContaining('machine.placement') } });
});

test.each(['absent', '../recipes/here', '', 'here/..'])('there is no recipe %p: those that there are are named', async (name) => {
  put('here', { 'service.hrd': '' });
  put('there', { 'service.hrd': '' });
  await expect(readRecipe(catalog, name)).rejects.toMatchObject({ problem: { status: 404, code: 'recipe_not_found', fix: 'There are here, there.' } });
});

test('a catalog without recipes has none', async () => {
  expect(await listRecipes(catalog)).toEqual([]);
  await expect(readRecipe(catalog, 'any')).rejects.toMatchObject({ problem: { status: 404, fix: 'The catalog has no recipes.' } });
});

describe('a broken recipe is named by file and line', () => {
  const cases: [string, Record<string, string | Buffer>, object][] = [
    ['a value that is none', { 'service.hrd': 'category = x\nmachine.mem = much\n' }, { message: expect.stringMatching(/^recipes\/bad\/service\.hrd: .*"much" is not a whole number/) }],
    ['too little memory', { 'service.hrd': 'machine.mem = 0\n' }, { message: expect.stringContaining('0 is not above 0') }],
    ['a dict without names', { 'service.hrd': 'category = x\n\nprocess.1 =\n    cmd:node,\n    server,\n' }, { message: expect.stringMatching(/^recipes\/bad\/service\.hrd:5: /), line: 5 }],
    ['a question of no type', { 'service.hrd': '', 'instance.hrd': '\nparam.a = @ASK type:moon\n' }, { message: expect.stringMatching(/^recipes\/bad\/instance\.hrd:2: /) }],
    ['no service.hrd', { 'actions.js': '' }, { message: expect.stringContaining('there is no service.hrd') }],
    ['two actions files', { 'service.hrd': '', 'actions.js': '', 'actions.py': '' }, { message: expect.stringContaining('actions.js and actions.py') }],
    ['what is no text', { 'service.hrd': '', 'logo.png': Buffer.from([0x89, 0x50, 0xff]) }, { message: 'recipes/bad/logo.png: it is not text in UTF-8' }],
    ['a NUL', { 'service.hrd': '', 'a.txt': 'a\0b' }, { message: 'recipes/bad/a.txt: it is not text in UTF-8' }],
    ['too much', { 'service.hrd': '', 'big.txt': 'x'.repeat(257 * 1024) }, { message: expect.stringContaining('more than 256 KiB') }],
    ['a name that an instance needs', { 'service.hrd': '', 'state.json': '{}' }, { message: expect.stringContaining('state.json is the name of a file') }],
  ];
  test.each(cases)('%s', async (_, files, problem) => {
    put('bad', files);
    await expect(readRecipe(catalog, 'bad')).rejects.toMatchObject({ problem: { status: 400, ...problem } });
  });

  test.each([['a file', '/etc/hostname'], ['a directory', '/etc'], ['nothing', '/nonexistent']])('a link to %s outside', async (_, target) => {
    put('bad', { 'service.hrd': '' });
    symlinkSync(target, join(catalog, 'recipes/bad/link'));
    await expect(readRecipe(catalog, 'bad')).rejects.toMatchObject({ problem: { status: 400, message: expect.stringMatching(/^recipes\/bad\/link: it is neither a file nor a directory/) } });
  });

  test('a link in the place of a recipe is none', async () => {
    mkdirSync(join(catalog, 'recipes'));
    symlinkSync('/etc', join(catalog, 'recipes/linked'));
    expect(await listRecipes(catalog)).toEqual([]);
  });
});
