import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { isProblem } from '../model/errors';

/**
 * What a payload of Temporal's own answers holds, the way this client keeps payloads; undefined for what it cannot read.
 * @throws Problem 503 `codec_key_unknown`
 */
export async function valueOf<T>({ options }: Pick<Client, 'options'>, payload: Payload | null | undefined): Promise<T | undefined> {
  if (!payload) return undefined;
  const { payloadConverter, payloadCodecs } = options.loadedDataConverter;
  try {
    let plain = [payload];
    for (const codec of [...payloadCodecs].reverse()) plain = await codec.decode(plain);
    return payloadConverter.fromPayload<T>(plain[0]!);
  } catch (error) {
    if (isProblem(error)) throw error;
    return undefined;
  }
}
