import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import type { CodecKey } from './keys';

const { Payload: Message } = temporal.api.common.v1;
const CIPHER = 'aes-256-gcm';
const ENCODING = 'binary/encrypted';
const [NONCE, TAG] = [12, 16];

/**
 * Encrypts payloads before Temporal has them, each whole, with its own metadata (AES-256-GCM: a nonce, what is encrypted, and
 * what proves it). Those that were written without are read as they are.
 * @param keys the first encrypts, all decrypt; without any, nothing is encrypted
 * @param admitted waits until it is known that what is written can be read by the rest of the grid
 * @throws Problem 503 `codec_key_unknown` for a payload of another key
 */
export function encryptingCodec(keys: readonly CodecKey[], admitted: () => Promise<void> = async () => undefined): PayloadCodec {
  const [first] = keys;
  const byId = new Map(keys.map((one) => [one.id, one.bytes]));
  return {
    async encode(payloads) {
      await admitted();
      return first ? payloads.map((one) => encrypted(one, first)) : payloads;
    },
    async decode(payloads) {
      return payloads.map((one) => {
        const id = keyIdOf(one);
        return id === undefined ? one : decrypted(one, byId.get(id) ?? raise(unknownKey(id, keys)), id);
      });
    },
  };
}

/** Which key a payload was encrypted with; undefined for one that was not. */
export const keyIdOf = ({ metadata }: Pick<Payload, 'metadata'>): string | undefined =>
  text(metadata?.['encoding']) === ENCODING ? text(metadata?.['encryption-key-id']) : undefined;

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();

function encrypted(payload: Payload, { id, bytes }: CodecKey): Payload {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, bytes, nonce).setAAD(Buffer.from(id));
  const hidden = Buffer.concat([cipher.update(Message.encode(payload).finish()), cipher.final()]);
  return {
    metadata: { encoding: Buffer.from(ENCODING), 'encryption-cipher': Buffer.from(CIPHER), 'encryption-key-id': Buffer.from(id) },
    data: Buffer.concat([nonce, hidden, cipher.getAuthTag()]),
  };
}

function decrypted({ data }: Payload, key: Buffer, id: string): Payload {
  const all = Buffer.from(data ?? []);
  try {
    const decipher = createDecipheriv(CIPHER, key, all.subarray(0, NONCE), { authTagLength: TAG }).setAAD(Buffer.from(id)).setAuthTag(all.subarray(-TAG));
    return Message.decode(Buffer.concat([decipher.update(all.subarray(NONCE, -TAG)), decipher.final()]));
  } catch {
    return raise(problem(400, 'payload_damaged', 'an encrypted payload was changed or cut since it was written', 'Take it as Temporal has it.'));
  }
}

/** Said at the start, and wherever such a payload is met. */
export const unknownKey = (id: string, keys: readonly CodecKey[]) =>
  problem(
    503, 'codec_key_unknown',
    `what this grid keeps in Temporal is encrypted with the key ${id}; ${keys.length === 0 ? 'GRID_CODEC_KEY is not set here' : `GRID_CODEC_KEY has ${keys.map((one) => one.id).join(', ')} here`}`,
    'Set GRID_CODEC_KEY to where that key is, for every process of the grid; a key that was in use stays in the file, behind the one that encrypts.',
  );
