import type { Driver } from '../../activities/machines/driver';

/** Where a connector has its machines. */
export interface Place {
  /** The compute's name. */
  compute: string;
  driver: Driver;
  /** True where an image is only recorded, so that nothing but a command can run. */
  needsCommand: boolean;
}

/** Machines that are processes of a host run no image. */
export const needsCommand = (connector: string): boolean => /^(process|ssh):/i.test(connector);
