import { DefaultFailureConverter, type DataConverter, type FailureConverter, type LoadedDataConverter } from '@temporalio/common';
import type { Connection } from '@temporalio/client';
import { isEarly } from '../../model/until_heard';
import { admission } from './admitted';
import { encryptingCodec } from './encrypting_codec';
import type { CodecKey } from './keys';

/** How clients and workers of the grid keep values in Temporal. @param keys see {@link encryptingCodec} */
export const dataConverterOf = (connection: Pick<Connection, 'workflowService'>, { namespace, codecKeys }: { namespace: string; codecKeys: readonly CodecKey[] }): DataConverter => ({
  payloadCodecs: [encryptingCodec(codecKeys, admission({ workflowService: connection.workflowService, namespace, keys: codecKeys }))],
});

/**
 * Has what failed activities say encrypted too, where anything is. Temporal takes a converter of failures only as the path of
 * a file, and an agent is one file, wherever it runs.
 */
export function hideFailures<W extends { options: { loadedDataConverter: LoadedDataConverter } }>(worker: W, codecKeys: readonly CodecKey[]): W {
  if (codecKeys.length > 0) worker.options.loadedDataConverter.failureConverter = hiding;
  return worker;
}

const [plain, hidden] = [new DefaultFailureConverter(), new DefaultFailureConverter({ encodeCommonAttributes: true })];

/** That a question came too early is for Temporal to hand on as it is: whoever asked knows it by its words, and asks again. */
const hiding: FailureConverter = {
  errorToFailure: (error, ...how) => (isEarly(error) ? plain : hidden).errorToFailure(error, ...how),
  failureToError: (failure, ...how) => hidden.failureToError(failure, ...how),
};
