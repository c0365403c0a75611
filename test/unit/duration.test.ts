import { parseDurationMs } from '../../model/duration';

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each(['', '5', 's', '-1s', '1 s', '1s2', '1e3s', '5sec', 'Infinitys'])('%j is none', (text) =>
    expect(parseDurationMs(text)).toBeUndefined(),
  );
});
