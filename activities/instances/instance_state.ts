import { isDeepStrictEqual } from 'node:util';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import { readIfThere, writeWhole } from '../machines/process/directory';
import type { InstanceDirectory } from './instance_directory';

/** Steps that are done once for a spec; `start` is, once it was seen to work, until it is stopped. */
export type InstanceStep = 'files' | 'init' | 'prepare' | 'export' | 'configure' | 'start' | 'uninstall';

/** `state.json` of an instance: what an agent that comes anew needs to go on where the last one was. */
export interface InstanceState {
  spec: InstanceSpec;
  /**
   * `started` from the moment it is to run until it is to stop: an agent that finds it so keeps its processes running.
   * `stopping` and `removing` stay until all of that is done.
   */
  phase: 'installing' | 'stopped' | 'started' | 'stopping' | 'removing';
  done: InstanceStep[];
  /** Names of the actions that its actions file has. */
  actions: string[];
  /** Files that came from the recipe. */
  files: string[];
}

export const newState = (spec: InstanceSpec): InstanceState => ({ spec, phase: 'installing', done: [], actions: [], files: [] });

/** True when both mean the same instance, whatever the time that its actions may take. */
export const isSameSpec = ({ actionTimeoutMs: _one, ...one }: InstanceSpec, { actionTimeoutMs: _other, ...other }: InstanceSpec): boolean =>
  isDeepStrictEqual(one, other);

export async function readState(dir: InstanceDirectory): Promise<InstanceState | undefined> {
  const text = await readIfThere(dir.state);
  return text === undefined ? undefined : (JSON.parse(text) as InstanceState);
}

export const writeState = (dir: InstanceDirectory, state: InstanceState): Promise<void> =>
  writeWhole(dir.state, JSON.stringify(state, undefined, 2), 0o600);
