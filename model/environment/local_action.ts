import { ACTIONS_FILE } from '../services/recipe';
import type { ServicePath } from './identity';

/** An action that runs where the model is, whatever machine its service is on. */
export interface LocalAction {
  path: ServicePath;
  recipe: { name: string; checksum: string };
  /** What the service is made of on its machine. */
  files: Record<string, string>;
  action: 'prepareLocal' | 'configureLocal';
  /** Where the service is, as far as that is known. */
  at: { agent: number; machine: string; address: string };
  timeoutMs: number;
}

/** Whether the actions file among these may have such an action; only running it tells for sure. */
export const mayHave = (files: Readonly<Record<string, string>>, action: LocalAction['action']): boolean =>
  Object.entries(files).some(([name, text]) => ACTIONS_FILE.test(name) && text.includes(action));
