import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DYNAMIC_CONFIG } from '../../cli/up/temporal_args';

const ROOT = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('the server is tuned as the embedded one is', () => {
  const tuned = Object.fromEntries(Object.entries(parse(read('tools/production/temporal.yaml')) as Record<string, [{ value: number | string }]>).map(([key, [{ value }]]) => [key, value]));
  expect(tuned).toMatchObject(Object.fromEntries(Object.entries(DYNAMIC_CONFIG).map(([key, value]) => [key, typeof value === 'string' ? JSON.parse(value) as string : value])));
});
