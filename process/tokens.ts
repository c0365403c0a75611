import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { ROLES, type Caller } from '../model/access';
import { problem } from '../model/errors';
import { NAME, NAME_RULE, parseClusterId } from '../model/ids';
import { raise } from '../model/raise';

const name = z.string().regex(NAME, NAME_RULE);

const token = z.strictObject({
  name, role: z.enum(ROLES), owner: name,
  /** SHA-256 of the token, hex: it has 256 random bits, so nothing slower is needed. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
  /** None: until it is revoked. */
  expiresAt: z.iso.datetime().optional(),
});
export type Token = z.output<typeof token>;

const file = z.strictObject({
  /** Of the tokens that scripts get, which are good for one cluster and kept nowhere. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  tokens: z.array(token),
});
export type TokenFile = z.output<typeof file>;

export const newTokenFile = (): TokenFile => ({ key: randomBytes(32).toString('hex'), tokens: [] });

export const newToken = (): string => `grid_${randomBytes(32).toString('base64url')}`;

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * What a file of tokens (GRID_TOKENS) says.
 * @throws Error saying what is wrong with it
 */
export function readTokenFile(path: string): TokenFile {
  if ((statSync(path).mode & 0o077) !== 0) throw new Error(`others may read it: chmod 600 ${path}`);
  const read = file.safeParse(parsed(readFileSync(path, 'utf8')));
  if (read.success) return read.data;
  throw new Error(`not a file of tokens: ${read.error.issues[0]!.path.join('.')}: ${read.error.issues[0]!.message}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('not a file of tokens: it is not JSON');
  }
}

export interface Tokens {
  /**
   * Who has this token.
   * @throws Problem 401 for one that is unknown or has expired, 503 while the file cannot be read
   */
  callerOf(text: string): Caller;
  /**
   * What a browser keeps in place of this token: good for so long, and no longer than the token.
   * @throws Problem 401 for one that is not in the file, 503
   */
  sessionOf(text: string, forMs: number): string;
}

/** A token that was revoked is good for so long at most. */
const LOOK_EVERY_MS = 1_000;

/** The tokens of a file, whoever changes it meanwhile. */
export function openTokens(path: string): Tokens {
  let known: { file: TokenFile; byHash: Map<string, Token>; version: string } | undefined;
  let lookedAt = 0;
  const look = () => {
    if (known && Date.now() - lookedAt < LOOK_EVERY_MS) return known;
    try {
      const { mtimeMs, ino, size } = statSync(path);
      const version = `${mtimeMs} ${ino} ${size}`;
      if (known?.version !== version) {
        const read = readTokenFile(path);
        known = { file: read, byHash: new Map(read.tokens.map((one) => [one.hash, one])), version };
      }
    } catch {
      // Whoever was let in by what was there before may not be any more.
      known = undefined;
      return raise(problem(503, 'tokens_unreadable', 'the file of tokens cannot be read', 'See that GRID_TOKENS of the API names it, and that it is well: `grid token list`.'));
    }
    lookedAt = Date.now();
    return known;
  };
  return {
    callerOf(text) {
      const { file: { key, tokens }, byHash } = look();
      if (text.startsWith(SCRIPT)) return scriptOf(key, text);
      return callerWith(text.startsWith(SESSION) ? tokenOfSession(key, tokens, text) : byHash.get(hashOf(text)));
    },
    sessionOf(text, forMs) {
      const { file: { key }, byHash } = look();
      const found = byHash.get(hashOf(text));
      callerWith(found);
      return newSession(key, found!, forMs);
    },
  };
}

function callerWith(found: Token | undefined): Caller {
  if (!found) raise(unauthorized('the token is not known'));
  if (found.expiresAt !== undefined && Date.parse(found.expiresAt) <= Date.now()) raise(unauthorized('the token has expired'));
  return { name: found.name, role: found.role, owner: found.owner };
}

/** The token that came along, by either header. */
export const tokenIn = (header: (name: string) => string | null | undefined): string | undefined =>
  header('x-auth-token') || /^Bearer +(\S+)$/i.exec(header('authorization') ?? '')?.[1];

export const unauthorized = (message: string) => problem(401, 'unauthorized', message, 'Send a token as x-auth-token or Authorization: Bearer; `grid token create` makes one.');

// ---- tokens of scripts -------------------------------------------------------------------------------------------------

const SCRIPT = 'gridscript_';

/** A token for one cluster and so long. It says so itself, and is kept nowhere. */
export function scriptToken({ key }: TokenFile, cluster: string, forMs: number): string {
  const said = Buffer.from(JSON.stringify([cluster, Date.now() + forMs])).toString('base64url');
  return `${SCRIPT}${said}.${signed(key, said)}`;
}

const signed = (key: string, said: string): string => createHmac('sha256', Buffer.from(key, 'hex')).update(said).digest('base64url');

function isSigned(key: string, said: string, signature: string): boolean {
  const [given, wanted] = [Buffer.from(signature), Buffer.from(signed(key, said))];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function scriptOf(key: string, text: string): Caller {
  const [said = '', signature = ''] = text.slice(SCRIPT.length).split('.');
  if (!isSigned(key, said, signature)) raise(unauthorized('the token is not known'));
  const [cluster, until] = JSON.parse(Buffer.from(said, 'base64url').toString()) as [string, number];
  if (until <= Date.now()) raise(unauthorized('the token has expired'));
  return { name: `script of ${cluster}`, role: 'operate', owner: parseClusterId(cluster)!.user, cluster };
}

// ---- sessions of browsers ----------------------------------------------------------------------------------------------

const SESSION = 'gridsession_';

/** Says itself whose it is and until when; it is kept nowhere, and ends with its token. */
function newSession(key: string, { name: of, hash }: Token, forMs: number): string {
  const said = Buffer.from(JSON.stringify([of, Date.now() + forMs])).toString('base64url');
  return `${SESSION}${said}.${signed(key, sessionText(said, hash))}`;
}

/** With the token's hash: another token of the same name is another one. */
const sessionText = (said: string, hash: string): string => `session ${said} ${hash}`;

function tokenOfSession(key: string, tokens: readonly Token[], text: string): Token | undefined {
  const [said = '', signature = ''] = text.slice(SESSION.length).split('.');
  const found = tokens.find((one) => isSigned(key, sessionText(said, one.hash), signature));
  const [, until] = found ? (JSON.parse(Buffer.from(said, 'base64url').toString()) as [string, number]) : [];
  return until !== undefined && until <= Date.now() ? raise(unauthorized('the session is over')) : found;
}
