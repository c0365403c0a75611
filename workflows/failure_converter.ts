import { DefaultFailureConverter } from '@temporalio/common';
import { HIDES_FAILURES } from '../model/messages';

/** What failures say is a payload like any other, and encrypted as such, where the worker encrypts payloads (`workers/workflow_bundle.ts`). */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: HIDES_FAILURES in globalThis });
