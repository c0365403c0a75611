import { Client, Connection } from '@temporalio/client';
import type { Config } from '../../config';

/**
 * A client that needs no server to begin with: each call tries for as long as its deadline allows, and the channel
 * finds the server again by itself, within a second.
 */
export function connect({ connection: options, namespace }: Config['temporal']): Client {
  const channelArgs = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };
  return new Client({ connection: Connection.lazy({ ...options, channelArgs }), namespace });
}
