import { idFrom } from './ids';

/**
 * Where a node's disk lives on its host (P-34): `<root>/<number in the disk's name>/<id of the node>`, such as
 * `/data/4/clusters--test--reference--1__0__0--1--nodes--example0`. A disk without a number goes by its name.
 */
export const diskOrigin = (diskRoot: string, disk: string, nodeDn: string): string =>
  `${diskRoot}/${/\d+/.exec(disk)?.[0] ?? disk}/${idFrom(nodeDn)}`;
