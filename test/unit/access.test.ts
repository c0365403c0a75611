import { chmodSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLimit } from '../../api/access/limit';
import { veiled } from '../../model/veil';
import { createToken, listTokens, revokeToken } from '../../cli/tokens_file';
import { readConfig } from '../../config';
import { hasRole, mayChange, maySee, ownedBy, ROLES, type Caller } from '../../model/access';
import { isProblem } from '../../model/errors';
import { openTokens, readTokenFile, scriptToken } from '../../process/tokens';

const alice = (role: Caller['role'], cluster?: string): Caller => ({ name: 'a', role, owner: 'alice', ...(cluster ? { cluster } : {}) });
const [hers, his, shared] = [ownedBy('cluster/alice/reference/1/1'), ownedBy('cluster/bob/reference/1/1'), ownedBy('service/web')];

describe('who sees and changes what', () => {
  it('her own and what is there for all; of others nothing, and as admin everything', () => {
    expect([hers, his, shared].map((one) => maySee(alice('read'), one))).toEqual([true, false, true]);
    expect([hers, his, shared].map((one) => maySee(alice('operate'), one))).toEqual([true, false, true]);
    expect([hers, his, shared].map((one) => maySee(alice('admin'), one))).toEqual([true, true, true]);
    expect([hers, his, shared].map((one) => mayChange(alice('read'), one))).toEqual([false, false, false]);
    expect([hers, his, shared].map((one) => mayChange(alice('operate'), one))).toEqual([true, false, false]);
    expect([hers, his, shared].map((one) => mayChange(alice('admin'), one))).toEqual([true, true, true]);
  });

  it('a script its own cluster only', () => {
    const script = alice('operate', hers.id);
    expect([hers, ownedBy('cluster/alice/reference/1/2'), his, shared].map((one) => [maySee(script, one), mayChange(script, one)])).toEqual([[true, true], [false, false], [false, false], [true, false]]);
  });

  it('each role can what those before can', () => {
    expect(ROLES.map((role) => ROLES.map((wanted) => hasRole({ role }, wanted)))).toEqual([[true, false, false], [true, true, false], [true, true, true]]);
  });
});

describe('what is said of clusters of others', () => {
  it('does not name them, in any of the forms that they have', () => {
    for (const id of ['cluster/bob/reference/1.0.0/1', 'clusters/bob/a-b/1.0/12', 'clusters--bob--reference--1__0__0--1--node0-g1']) {
      expect(veiled(`cpu: 3 of 4 held by ${id} (2)`, alice('operate'))).not.toMatch(/bob/);
      expect(veiled(`held by ${id}`, alice('admin'))).toContain(id);
      expect(veiled(`held by ${id.replaceAll('bob', 'alice')}`, alice('read'))).toContain('alice');
    }
    expect(veiled('there is no cluster/bob/x/1/1', alice('read'), '/api/v1/lifecycles/cluster/bob/x/1/1')).toContain('cluster/bob/x/1/1');
  });
});

describe('how often somebody may ask', () => {
  it('so many at once, then as they gather again; each for himself', () => {
    let now = 0;
    const limit = openLimit({ perSecond: 2, atOnce: 3 }, () => now);
    const take = (who: string, times: number) => Array.from({ length: times }, () => limit.take(who)).filter(Boolean).length;
    expect([take('a', 5), take('b', 5)]).toEqual([3, 3]);
    now += 1_000;
    expect(take('a', 5)).toBe(2);
    now += 60_000;
    expect(take('a', 5)).toBe(3);
  });
});

describe('tokens', () => {
  const path = () => join(mkdtempSync(join(tmpdir(), 'grid-test-')), 'tokens.json');
  const refused = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      if (isProblem(error)) return [error.status, error.message];
      throw error;
    }
    return 'taken';
  };

  it('are known by their hash alone, in a file that nobody else reads', () => {
    const file = path();
    const { token } = createToken(file, { name: 'eve', role: 'operate', owner: 'alice' });
    expect(openTokens(file).callerOf(token)).toEqual({ name: 'eve', role: 'operate', owner: 'alice' });
    expect(JSON.stringify(readTokenFile(file))).not.toContain(token);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(refused(() => openTokens(file).callerOf(`${token}x`))).toEqual([401, 'the token is not known']);
    expect(() => createToken(file, { name: 'eve', role: 'read', owner: 'eve' })).toThrow(/there is a token eve/);
    chmodSync(file, 0o644);
    expect(() => readConfig({ GRID_TOKENS: file })).toThrow(/chmod 600/);
  });

  it('end when they expire, when they are revoked, and when the file is gone', () => {
    const file = path();
    const soon = createToken(file, { name: 'soon', role: 'admin', owner: 'x', expiresAt: new Date(Date.now() - 1).toISOString() });
    const { token } = createToken(file, { name: 'later', role: 'admin', owner: 'x' });
    expect(refused(() => openTokens(file).callerOf(soon.token))).toEqual([401, 'the token has expired']);
    expect(listTokens(file).map(({ name, state }) => [name, state])).toEqual([['soon', 'expired'], ['later', 'good']]);
    const tokens = openTokens(file);
    expect(tokens.callerOf(token).name).toBe('later');
    revokeToken(file, 'later');
    expect(refused(() => openTokens(file).callerOf(token))).toEqual([401, 'the token is not known']);
    writeFileSync(file, 'nonsense');
    expect(refused(() => openTokens(file).callerOf(token))).toEqual([503, 'the file of tokens cannot be read']);
  });

  it('of scripts are good for their cluster and their time, and are signed', () => {
    const file = path();
    createToken(file, { name: 'any', role: 'read', owner: 'x' });
    const key = readTokenFile(file);
    const token = scriptToken(key, hers.id, 60_000);
    expect(openTokens(file).callerOf(token)).toMatchObject({ role: 'operate', owner: 'alice', cluster: hers.id });
    expect(refused(() => openTokens(file).callerOf(scriptToken(key, hers.id, -1)))).toEqual([401, 'the token has expired']);
    const other = `gridscript_${Buffer.from(JSON.stringify([his.id, Date.now() + 60_000])).toString('base64url')}.${token.split('.')[1]}`;
    for (const forged of [other, token.slice(0, -2), 'gridscript_', 'gridscript_x.y']) expect(refused(() => openTokens(file).callerOf(forged))).toEqual([401, 'the token is not known']);
  });

  it('are good for sessions, which say nothing of them and end in time or with them', () => {
    const file = path();
    const { token } = createToken(file, { name: 'eve', role: 'operate', owner: 'alice' });
    const tokens = openTokens(file);
    const session = tokens.sessionOf(token, 60_000);
    expect(session).not.toContain(token);
    expect(tokens.callerOf(session)).toEqual({ name: 'eve', role: 'operate', owner: 'alice' });
    expect(refused(() => tokens.callerOf(tokens.sessionOf(token, -1)))).toEqual([401, 'the session is over']);
    const longer = `gridsession_${Buffer.from(JSON.stringify(['eve', Date.now() + 90_000])).toString('base64url')}.${session.split('.')[1]}`;
    for (const forged of [longer, session.slice(0, -2), 'gridsession_', 'gridsession_x.y']) expect(refused(() => tokens.callerOf(forged))).toEqual([401, 'the token is not known']);
    for (const none of ['', 'grid_nobodys', session, scriptToken(readTokenFile(file), hers.id, 60_000)]) expect(refused(() => tokens.sessionOf(none, 1))).toEqual([401, 'the token is not known']);
    revokeToken(file, 'eve');
    createToken(file, { name: 'eve', role: 'admin', owner: 'alice' });
    expect(refused(() => openTokens(file).callerOf(session))).toEqual([401, 'the token is not known']);
  });

  it('let the grid listen beyond loopback; a certificate comes with its key', () => {
    const file = path();
    createToken(file, { name: 'any', role: 'read', owner: 'x' });
    expect(readConfig({ LISTEN: '0.0.0.0:5000', GRID_TOKENS: file })).toMatchObject({ tokens: file, api: 'http://127.0.0.1:5000' });
    expect(() => readConfig({ GRID_TOKENS: `${file}.none` })).toThrow(/GRID_TOKENS/);
    const pem = join(mkdtempSync(join(tmpdir(), 'grid-test-')), 'x.pem');
    writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n');
    expect(() => readConfig({ GRID_TLS_CERT: pem })).toThrow(/certificate and key come together/);
    expect(readConfig({ GRID_TLS_CERT: pem, GRID_TLS_KEY: pem })).toMatchObject({ tls: { cert: pem, key: pem }, api: 'https://127.0.0.1:5000' });
  });
});
