import { listed, type Listing } from '../../cli/render/lister';

const NAMES: [string, number, string][] = [
  ['ApiWorker worker(0)', 23161, '11:07:15'], ['EvaluatorWorker worker(0)', 23153, '11:07:15'], ['EvaluatorWorker worker(1)', 23155, '11:07:15'], ['EvaluatorWorker worker(2)', 23157, '11:07:15'],
  ['EvaluatorWorker worker(3)', 23158, '11:07:15'], ['MachineLearningService worker(0)', 23366, '11:07:33'], ['PersistorService worker(0)', 23475, '11:07:35'], ['SnmpParsingService worker(0)', 23164, '11:07:15'],
  ['vitrageuWSGI worker 1', 25698, '11:14:30'], ['vitrageuWSGI worker 2', 25699, '11:14:30'], ['VitrageNotifierService worker(0)', 23352, '11:07:32'],
];
const SEED: Listing = {
  titles: ['Name', 'Process Id', 'Hostname', 'Created At'],
  rows: NAMES.map(([name, process, time]) => [name, process, 'controller-1', `2019-02-10T${time}+00:00`]),
};
const two: Listing = { ...SEED, rows: SEED.rows.slice(0, 2) };

describe('lists as the command of seed 003 prints them', () => {
  it('VT9: its table of eleven rows, cell by cell', async () => {
    expect(await listed(SEED, 'table')).toBe(`\
+----------------------------------+------------+--------------+---------------------------+
| Name                             | Process Id | Hostname     | Created At                |
+----------------------------------+------------+--------------+---------------------------+
| ApiWorker worker(0)              |      23161 | controller-1 | 2019-02-10T11:07:15+00:00 |
| EvaluatorWorker worker(0)        |      23153 | controller-1 | 2019-02-10T11:07:15+00:00 |
| EvaluatorWorker worker(1)        |      23155 | controller-1 | 2019-02-10T11:07:15+00:00 |
| EvaluatorWorker worker(2)        |      23157 | controller-1 | 2019-02-10T11:07:15+00:00 |
| EvaluatorWorker worker(3)        |      23158 | controller-1 | 2019-02-10T11:07:15+00:00 |
| MachineLearningService worker(0) |      23366 | controller-1 | 2019-02-10T11:07:33+00:00 |
| PersistorService worker(0)       |      23475 | controller-1 | 2019-02-10T11:07:35+00:00 |
| SnmpParsingService worker(0)     |      23164 | controller-1 | 2019-02-10T11:07:15+00:00 |
| vitrageuWSGI worker 1            |      25698 | controller-1 | 2019-02-10T11:14:30+00:00 |
| vitrageuWSGI worker 2            |      25699 | controller-1 | 2019-02-10T11:14:30+00:00 |
| VitrageNotifierService worker(0) |      23352 | controller-1 | 2019-02-10T11:07:32+00:00 |
+----------------------------------+------------+--------------+---------------------------+`);
  });

  it('json, csv, yaml and value', async () => {
    expect(JSON.parse(await listed(two, 'json'))[0]).toEqual({ Name: 'ApiWorker worker(0)', 'Process Id': 23161, Hostname: 'controller-1', 'Created At': '2019-02-10T11:07:15+00:00' });
    expect(await listed(two, 'csv')).toBe('"Name","Process Id","Hostname","Created At"\n"ApiWorker worker(0)",23161,"controller-1","2019-02-10T11:07:15+00:00"\n"EvaluatorWorker worker(0)",23153,"controller-1","2019-02-10T11:07:15+00:00"');
    expect(await listed({ ...two, rows: [two.rows[0]!] }, 'yaml')).toBe("- Created At: '2019-02-10T11:07:15+00:00'\n  Hostname: controller-1\n  Name: ApiWorker worker(0)\n  Process Id: 23161\n");
    expect(await listed(two, 'value')).toBe('ApiWorker worker(0) 23161 controller-1 2019-02-10T11:07:15+00:00\nEvaluatorWorker worker(0) 23153 controller-1 2019-02-10T11:07:15+00:00');
  });

  it('of nobody: an empty line as a table, an empty list as JSON', async () => {
    expect(await listed({ ...SEED, rows: [] }, 'table')).toBe('\n');
    expect(await listed({ ...SEED, rows: [] }, 'json')).toBe('[]');
  });
});
