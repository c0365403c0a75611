import { createHmac } from 'node:crypto';

const ENCODED = 'whsec_';

/**
 * As the receivers' libraries of Standard Webhooks check it: HMAC-SHA256 over id, time and body. A secret that begins with
 * `whsec_` is a key in base64; any other is the key as it is.
 */
export function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  const key = secret.startsWith(ENCODED) ? Buffer.from(secret.slice(ENCODED.length), 'base64') : Buffer.from(secret, 'utf8');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
