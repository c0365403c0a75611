import { Client, Connection, isRetryableError, makeGrpcRetryInterceptor, type GrpcRetryOptions } from '@temporalio/client';
import type { Config } from '../config';
import { asksAgain } from '../model/until_heard';
import { dataConverterOf } from './codec/data_converter';
import { handsOnTrace } from './tracing/hand_on';
import type { Tracing } from './tracing/tracing';

const CHANNEL = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };
const BUSY = 8;

/** Until the deadline that every call has: it alone says when to give up, so no pause may outlast it by much. */
const RETRY: GrpcRetryOptions = {
  retryableDecider: (_attempt, status) => isRetryableError(status),
  delayFunction: (_attempt, { code }) => (code === BUSY ? 500 : 100) * (0.8 + 0.4 * Math.random()),
};

/** A client that needs no server to begin with, and finds it again by itself whenever it was away. */
export function connect({ connection, namespace, codecKeys }: Pick<Config['temporal'], 'connection' | 'namespace' | 'codecKeys'>, tracing?: Tracing): Client {
  const options = { ...connection, channelArgs: CHANNEL, interceptors: [makeGrpcRetryInterceptor(RETRY)] };
  const lazy = Connection.lazy(options);
  return new Client({ connection: lazy, namespace, dataConverter: dataConverterOf(lazy, { namespace, codecKeys }), interceptors: { workflow: [asksAgain, ...handsOnTrace(tracing)] } });
}
