import type { Command } from 'commander';
import { clusterId } from '../../model/ids';
import { readLifecycle } from '../endpoints';
import { usage } from '../exit';
import { clusterIdOf, scriptCluster } from '../ids';
import { paperOf, print, printJson } from '../io';
import { jsonCommand, type Context } from './shared';

export const nodesCommand = (context: Context): Command =>
  jsonCommand('nodes', 'list the nodes of a cluster')
    .argument('[cluster]', 'e.g. reference/1.0.0/1; within a script its own cluster')
    .action(async (name: string | undefined, { json }: { json?: boolean }) => {
      const { io } = context;
      const own = scriptCluster(io.env);
      if (!name && !own) throw usage('no cluster is named', 'name one, e.g. `grid nodes reference/1.0.0/1`');
      const { body: life } = await readLifecycle(context.api(), name ? clusterIdOf(name) : clusterId(own!));
      const nodes = life.nodes ?? [];
      if (json) return printJson(io, { nodes });
      const { nodesTable } = await import('../render/nodes');
      print(io, life.stale ? 'no worker runs, so the nodes are not known now' : nodesTable(nodes, paperOf(io)));
    });
