import type { ProcessHome } from '../machines/process/home';

/** The machine that instances are on, as whatever works there sees it. */
export interface Place {
  agent: number;
  /** Id of the machine. */
  machine: string;
  /** Where services of this machine listen. */
  address: string;
  /** Directory of everything that is kept here, without symbolic links on the way. */
  root: string;
  /** Carried by whatever runs here. */
  labels: Record<string, string>;
  /** Where the processes of instances are kept. */
  processes: ProcessHome;
}

/** Text as it may be shown: without the paths of the host. */
export const withoutPaths = (place: Place, text: string): string => text.replaceAll(place.root, '$(system.paths.base)');
