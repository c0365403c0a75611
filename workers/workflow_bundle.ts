import { readFileSync } from 'node:fs';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { HIDES_FAILURES } from '../model/messages';
import type { CodecKey } from '../process/codec/keys';

/** The bundle of workflows; what their failures say is encrypted too where anything is. Workflows know nothing of their worker but this word. */
export const workflowBundle = (codePath: string, codecKeys: readonly CodecKey[]): WorkflowBundleOption =>
  codecKeys.length === 0 ? { codePath } : { code: `globalThis.${HIDES_FAILURES} = true;${readFileSync(codePath, 'utf8')}` };
