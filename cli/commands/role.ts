import { Command } from 'commander';
import { clusterId } from '../../model/ids';
import { setRole } from '../endpoints';
import { usage } from '../exit';
import { clusterIdOf, scriptCluster, shortId } from '../ids';
import { print, printJson } from '../io';
import { jsonCommand, type Context } from './shared';

export const roleCommand = (context: Context): Command => new Command('role').description('say how a role of a cluster is').addCommand(setCommand(context));

const setCommand = (context: Context): Command =>
  jsonCommand('set', 'set the status of a role, e.g. from the script of the product')
    .argument('<name>', 'the role, e.g. service1')
    .argument('<status>', 'e.g. running')
    .option('--cluster <id>', 'which cluster; within a script (CLUSTERDN) its own')
    .action(async (role: string, status: string, { cluster, json }: { cluster?: string; json?: boolean }) => {
      const own = scriptCluster(context.io.env);
      if (!cluster && !own) throw usage('no cluster is named', 'name it with --cluster, or call this from the script of a product');
      const id = cluster ? clusterIdOf(cluster) : clusterId(own!);
      const { body } = await setRole(context.api(), id, role, status);
      if (json) return printJson(context.io, body);
      print(context.io, `${shortId(id)}: ${role} is ${status}`);
    });
