import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimNet } from '../../workers/claim_net';

const base = mkdtempSync(join(tmpdir(), 'claim-net-'));
const claims = join(base, 'claims');
afterAll(() => rmSync(base, { recursive: true }));
const home = (name: string) => {
  mkdirSync(join(base, name), { recursive: true });
  return join(base, name);
};

test('no two grids of a host have one net, and each keeps its own', () => {
  const homes = Array.from({ length: 100 }, (_, i) => home(`grid${i}`));
  const nets = homes.map((h) => claimNet(h, claims));
  expect(new Set(nets).size).toBe(100);
  expect(homes.map((h) => claimNet(h, claims))).toEqual(nets);
  expect(nets).not.toContain('127.77');
});

test('the net of a grid whose home is gone can be had again', () => {
  const few = join(base, 'few');
  const gone = home('gone');
  const net = claimNet(gone, few);
  rmSync(gone, { recursive: true });
  expect(claimNet(home('gone'), few)).toBe(net);
});

test('when every net is taken it says so', () => {
  const full = join(base, 'full');
  for (let i = 0; i < 170; i++) claimNet(home(`full${i}`), full);
  expect(() => claimNet(home('one-more'), full)).toThrow(/all 170 loopback nets/);
});
