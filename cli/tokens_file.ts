import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { hashOf, newToken, newTokenFile, readTokenFile, type Token, type TokenFile } from '../process/tokens';
import { EXIT, Failure } from './exit';
import { writeJson } from './up/write_json';

/** What is said of a token: everything but the token. */
export type ShownToken = Omit<Token, 'hash'> & { state: 'good' | 'expired' };

/** Makes a token, which is in the answer and nowhere else, and keeps its hash. */
export function createToken(path: string, wanted: Pick<Token, 'name' | 'role' | 'owner' | 'expiresAt'>): { token: string } & ShownToken {
  const file = existsSync(path) ? read(path) : newTokenFile();
  if (file.tokens.some(({ name }) => name === wanted.name)) throw failure('token_exists', `there is a token ${wanted.name} already`, 'revoke it first, or take another name');
  const token = newToken();
  const kept: Token = { ...wanted, hash: hashOf(token), createdAt: new Date().toISOString() };
  writeJson(resolve(path), { ...file, tokens: [...file.tokens, kept] } satisfies TokenFile);
  return { token, ...shown(kept) };
}

export const listTokens = (path: string): ShownToken[] => read(path).tokens.map(shown);

export function revokeToken(path: string, name: string): void {
  const file = read(path);
  const left = file.tokens.filter((one) => one.name !== name);
  if (left.length === file.tokens.length) throw failure('no_token', `there is no token ${name}`, 'see `grid token list`', EXIT.notFound);
  writeJson(resolve(path), { ...file, tokens: left } satisfies TokenFile);
}

const shown = ({ hash: _h, ...token }: Token): ShownToken => ({ ...token, state: token.expiresAt !== undefined && Date.parse(token.expiresAt) <= Date.now() ? 'expired' : 'good' });

function read(path: string): TokenFile {
  try {
    return readTokenFile(path);
  } catch (error) {
    throw failure('tokens_unreadable', `${path}: ${(error as Error).message}`, 'GRID_TOKENS names the file; `grid token create` makes it');
  }
}

const failure = (code: string, message: string, fix: string, exit: number = EXIT.error) => new Failure({ exit, code, message, fix });
