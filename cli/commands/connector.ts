import { Command } from 'commander';
import type { ConnectorWish } from '../connector';
import type { Context } from './shared';

export const connectorCommand = (context: Context): Command =>
  new Command('connector')
    .description('offer a compute to a genisys server as its connector, in the foreground; Ctrl-C ends it, not what it runs')
    .option('--listen <host:port>', 'where it answers', '127.0.0.1:7051')
    .option('--compute <name>', 'a compute that this grid knows; see `grid computes`')
    .option('--connector <url>', 'a compute that no grid knows, e.g. process:?net=127.99')
    .option('--name <name>', 'with --connector: what that compute is called (connector)')
    .option('--services <file>', 'definitions to begin with: .json, .yaml, or a services.py, which is read and never run')
    .action(async (wish: ConnectorWish) => {
      const { serveConnector } = await import('../connector');
      context.exit = await serveConnector(context, wish);
    });
