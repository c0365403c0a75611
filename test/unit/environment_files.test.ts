import fc from 'fast-check';
import { domainsOf } from '../../model/environment/domains';
import { locationOf, readJournal, withExport, writeJournal, type ExportLine } from '../../model/environment/journal';
import { mayHave } from '../../model/environment/local_action';
import { templateFolders } from '../../model/environment/template_folders';
import { isRef, isRepository } from '../../model/git_address';
import { parseHrd } from '../../model/hrd/parse';

const exported = fc.record({
  at: fc.nat(), state: fc.constantFrom('OK' as const, 'ERROR' as const), run: fc.stringMatching(/^run\/[a-z0-9]{1,12}$/), location: fc.string({ unit: 'binary' }).map((text) => locationOf(text)),
});

test('a journal is read as it was written, counts from 1, and has each run once (A-32)', () => {
  fc.assert(fc.property(fc.array(exported), (all) => {
    const lines = all.reduce<readonly ExportLine[]>(withExport, []);
    expect(readJournal(writeJournal(lines))).toEqual(lines);
    expect(lines.map(({ id }) => id)).toEqual(lines.map((_, i) => i + 1));
    expect(lines.map(({ run }) => run)).toEqual([...new Set(all.map(({ run }) => run))]);
  }));
});

test('a line of a journal that is none is passed over; numbers are not given again', () => {
  const lines = readJournal('1700000000 7 OK run/a /backup\nsomebody wrote this\n\n1700000001 x OK run/b /y\n');
  expect(lines).toEqual([{ at: 1_700_000_000, id: 7, state: 'OK', run: 'run/a', location: '/backup' }]);
  expect(withExport(lines, { at: 1, state: 'OK', run: 'run/c', location: '' }).at(-1)!.id).toBe(8);
});

test.each([
  [{ location: '/backup/1' }, '/backup/1'], ['s3://me:secret@store/x', 's3://me@store/x'], ['two\nlines', 'two lines'], [{ rows: 3 }, ''], [undefined, ''], [{ location: 7 }, ''],
])('where an export went is text in one line, without a password: %j', (said, location) => expect(locationOf(said)).toBe(location));

test('what has a service.hrd is a template, with everything below it, at any depth; what is hidden or cannot be a name is none (A-3)', () => {
  const paths = ['a/redis/service.hrd', 'a/redis/lib/x.py', 'a/redis/lib/service.hrd', 'acme__web/service.hrd', 'b c/service.hrd', '.git/service.hrd', 'a/.old/service.hrd', 'service.hrd', 'README', 'a/redis/.cache/y'];
  expect(templateFolders(paths, 'acme')).toEqual([
    { name: 'redis', folder: 'a/redis', files: ['lib/service.hrd', 'lib/x.py', 'service.hrd'] }, { name: 'web', folder: 'acme__web', files: ['service.hrd'] },
  ]);
});

test('what git is given for an address or a branch is one: no command, no option, no password', () => {
  for (const url of ['https://h/x', 'ssh://git@h:22/x', 'git@h:x/y.git', 'file:///srv/x']) expect(isRepository(url)).toBe(true);
  for (const url of ['', '-uhttps://h/x', 'ext::sh -c x', 'https://me:secret@h/x', '/srv/x', 'https://h/a b', 'fd::7']) expect(isRepository(url)).toBe(false);
  for (const ref of ['', 'main', 'v1.2', 'feature/x', 'a'.repeat(40)]) expect(isRef(ref)).toBe(true);
  for (const ref of ['-x', 'a..b', 'a b', 'a~1', 'a^', 'a:b', 'x\u0000']) expect(isRef(ref)).toBe(false);
});

test('domains are in the order of their file', () => {
  expect(domainsOf(parseHrd("metadata.b = url:'https://h/b', tag:v1\n\nmetadata.a = url:'https://h/a'\n"), [])).toEqual([{ domain: 'b', url: 'https://h/b', ref: 'v1' }, { domain: 'a', url: 'https://h/a', ref: '' }]);
});

test('only an actions file can have an action', () => {
  expect(mayHave({ 'actions.py': 'def prepareLocal(c): pass' }, 'prepareLocal')).toBe(true);
  expect(mayHave({ 'notes.txt': 'prepareLocal', 'actions.py': 'def prepare(c): pass' }, 'prepareLocal')).toBe(false);
});
