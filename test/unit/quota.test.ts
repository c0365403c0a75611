import fc from 'fast-check';
import pc from 'picocolors';
import { limitsOf } from '../../cli/commands/quota';
import { quotasTable, quotaText } from '../../cli/render/access';
import { newQuota, sizeOf, takeClaim, takeSeen, toLookAt, usedOf, viewQuota, type Limits, type QuotaState, type Size } from '../../model/quota';

const size = (machines: number, milliCpu = machines * 100, memMiB = machines * 16): Size => ({ machines, milliCpu, memMiB });
const quota = (limits: Limits, more: Partial<QuotaState> = {}): QuotaState => ({ ...newQuota('alice'), limits, ...more });
const cluster = (n: number) => `cluster/alice/p/1/${n}`;

describe('a claim', () => {
  it('is held until its order is over, and then by what its cluster really has', () => {
    const state = quota({ machines: 3 });
    expect(takeClaim(state, { job: 'a', cluster: null, size: size(2) })).toBeUndefined();
    expect(takeClaim(state, { job: 'a', cluster: cluster(1) })).toBeUndefined();
    expect(toLookAt(state)).toEqual({ owner: 'alice', jobs: ['a'], clusters: [cluster(1)] });
    // Both are there for a moment, and count once.
    takeSeen(state, { over: [], sizes: { [cluster(1)]: size(2) }, gone: [] });
    expect(usedOf(state)).toEqual(size(2));
    takeSeen(state, { over: ['a'], sizes: { [cluster(1)]: size(2) }, gone: [] });
    expect(viewQuota(state)).toEqual({ owner: 'alice', limits: { machines: 3 }, used: { machines: 2, cpu: 0.2, memMiB: 32 }, clusters: [{ id: cluster(1), machines: 2, cpu: 0.2, memMiB: 32 }] });
    takeSeen(state, { over: [], sizes: {}, gone: [cluster(1)] });
    expect(usedOf(state)).toEqual(size(0));
  });

  it('whose order came to nothing leaves nothing', () => {
    const state = quota({ machines: 1 });
    expect(takeClaim(state, { job: 'a', cluster: null, size: size(1) })).toBeUndefined();
    expect(takeClaim(state, { job: 'b', cluster: null, size: size(1) })?.code).toBe('over_quota');
    takeSeen(state, { over: ['a'], sizes: {}, gone: [] });
    expect(takeClaim(state, { job: 'b', cluster: null, size: size(1) })).toBeUndefined();
  });

  it('over a limit is refused with what is used, what is asked, and the limit, and changes nothing', () => {
    const state = quota({ machines: 3, cpu: 0.25, memMiB: 4096 }, { clusters: { [cluster(1)]: size(2) } });
    const before = structuredClone(state);
    expect(takeClaim(state, { job: 'a', cluster: null, size: size(2) })).toMatchObject({
      status: 409, code: 'over_quota', fix: expect.stringContaining('grid quota show alice'),
      message: 'this is more than the quota of alice allows: machines: 2 of 3 used, 2 more asked; cpu: 0.2 of 0.25 used, 0.2 more asked',
    });
    expect(state).toEqual(before);
  });

  it('repeated is the same, and what is not limited is not refused', () => {
    const state = quota({ machines: 2 });
    for (let n = 0; n < 3; n++) expect(takeClaim(state, { job: 'a', cluster: null, size: size(2, 1e9, 1e9) })).toBeUndefined();
    expect(usedOf(state).machines).toBe(2);
    expect(takeClaim(quota({}), { job: 'a', cluster: null, size: size(1e6) })).toBeUndefined();
  });

  it('of a scale counts the larger of before and after; smaller is always allowed', () => {
    const state = quota({ machines: 2 }, { clusters: { [cluster(1)]: size(4) } });
    expect(takeClaim(state, { job: 'less', cluster: cluster(1), size: size(3) })).toBeUndefined();
    expect(usedOf(state).machines).toBe(4);
    takeSeen(state, { over: ['less'], sizes: { [cluster(1)]: size(3) }, gone: [] });
    expect(usedOf(state).machines).toBe(3);
    expect(takeClaim(state, { job: 'more', cluster: cluster(1), size: size(4) })?.message).toContain('machines: 3 of 2 used, 1 more asked');
  });

  it('never lets an owner over a limit, whatever comes in whichever order', () => {
    const act = fc.oneof(
      fc.record({ job: fc.integer({ min: 0, max: 9 }), n: fc.integer({ min: 0, max: 4 }) }).map(({ job, n }) => ({ claim: { job: `j${job}`, cluster: null, size: size(n) } })),
      fc.integer({ min: 0, max: 9 }).map((job) => ({ over: `j${job}` })),
    );
    fc.assert(fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const state = quota({ machines: 6 });
      acts.forEach((one, n) => {
        if ('claim' in one) takeClaim(state, one.claim);
        else if (state.orders[one.over]) takeSeen(state, { over: [one.over], sizes: { [cluster(n + 1)]: state.orders[one.over]!.size }, gone: [] });
        expect(usedOf(state).machines).toBeLessThanOrEqual(6);
      });
    }));
  });
});

it('adds up what nodes ask without losing a thousandth', () => {
  expect(sizeOf(Array.from({ length: 10 }, () => ({ cpu: 0.1, memMiB: 16 })))).toEqual({ machines: 10, milliCpu: 1000, memMiB: 160 });
});

describe('grid quota', () => {
  it('takes limits as words', () => {
    expect(limitsOf(['machines=3', 'cpu=2.5', 'mem=4096'])).toEqual({ machines: 3, cpu: 2.5, memMiB: 4096 });
    for (const word of ['machines=1.5', 'cpu=many', 'disk=3', 'machines=-1', 'mem']) expect(() => limitsOf([word])).toThrow(`${word} is no limit`);
  });

  it('shows what is used of what', () => {
    const paper = { width: 100, color: pc.createColors(false), now: 0, grid: 'grid' };
    const view = viewQuota(quota({ machines: 3 }, { clusters: { [cluster(1)]: size(2) } }));
    expect(quotaText(view, paper)).toMatch(/OWNER +MACHINES +CPU +MEMORY MiB\s+alice +2\/3 +0\.2\/- +32\/-\s+CLUSTER[^]*cluster\/alice\/p\/1\/1 +2 +0\.2 +32/);
    expect(quotasTable([], paper)).toContain('nobody is limited');
  });
});
