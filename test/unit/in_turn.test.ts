import fc from 'fast-check';
import { inTurn } from '../../api/events/in_turn';

const settle = () => new Promise<void>((done) => setImmediate(done));

test('whoever asks has a run that began after that, and no two run at a time', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('ask', 'end', 'wait'), { maxLength: 40 }), async (script) => {
    let [began, running] = [0, 0];
    let end = (): void => undefined;
    const look = inTurn(async () => {
      began += 1;
      expect((running += 1)).toBe(1);
      await new Promise<void>((done) => (end = done));
      running -= 1;
    });
    const asked: Promise<boolean>[] = [];
    let asks = 0;
    for (const what of script) {
      if (what === 'ask') {
        const before = began;
        asks += 1;
        asked.push(look().then(() => began > before));
      } else if (what === 'end') end();
      else await settle();
    }
    for (let i = 0; i < 5; i++) {
      await settle();
      end();
    }
    expect((await Promise.all(asked)).every(Boolean)).toBe(true);
    expect(began).toBeLessThanOrEqual(asks);
  }));
});

test('a run that fails fails for those who shared it, and the next begins', async () => {
  let n = 0;
  const look = inTurn(async () => {
    n += 1;
    if (n === 1) throw new Error('away');
  });
  await expect(Promise.all([look(), look()])).rejects.toThrow('away');
  await look();
  expect(n).toBe(2);
});
