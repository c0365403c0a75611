import { createHash } from 'node:crypto';
import { textBehind } from '../temporal_environment';

export interface CodecKey {
  /** Says with each payload which key it was encrypted with; made of the key, and tells nothing of it. */
  id: string;
  /** 32 bytes. */
  bytes: Buffer;
}

const BYTES = 32;
export const CODEC_KEY_RULE = '`file:/path` or `env:NAME`, where keys of 32 bytes stand as 64 hex digits each (`openssl rand -hex 32`), the one that encrypts first';

/**
 * The keys that GRID_CODEC_KEY refers to, of which the first encrypts and all decrypt; none where it is not set.
 * @throws Error saying what is wrong, without any of a key
 */
export function readCodecKeys(reference: string | undefined, env: Record<string, string | undefined>): CodecKey[] {
  if (!reference) return [];
  const text = textBehind(reference, env);
  if (text === undefined) throw new Error('it is no reference');
  return text.split(/\s+/).map((word, n) => {
    if (!/^[0-9a-f]{64}$/i.test(word)) throw new Error(`key ${n + 1} is not 64 hex digits`);
    return keyOf(Buffer.from(word, 'hex'));
  });
}

const keyOf = (bytes: Buffer): CodecKey => ({ id: createHash('sha256').update('service-grid codec key\0').update(bytes.subarray(0, BYTES)).digest('hex').slice(0, 12), bytes });
