import { Command, Option } from 'commander';
import { ROLES, type Role } from '../../model/access';
import { parseDurationMs } from '../../model/duration';
import { NAME, NAME_RULE } from '../../model/ids';
import { usage } from '../exit';
import { paperOf, print, printJson, type Io } from '../io';
import { jsonCommand, type Context } from './shared';

/** Tokens are kept in a file beside the API, so these work while no grid runs, for whoever may write it. */
export const tokenCommand = (context: Context): Command =>
  new Command('token').description('make, list and revoke tokens for the API, in the file that GRID_TOKENS names')
    .addCommand(createCommand(context)).addCommand(listCommand(context)).addCommand(revokeCommand(context));

interface Wanted {
  name: string;
  role: Role;
  owner?: string;
  expires?: string;
  json?: boolean;
}

const createCommand = ({ io }: Context): Command =>
  jsonCommand('create', 'make a token; it is shown once')
    .requiredOption('--name <name>', 'how it is called in lists and in the audit')
    .addOption(new Option('--role <role>', 'read: look; operate: launch and change what is its owner\'s; admin: everything').choices(ROLES).makeOptionMandatory())
    .option('--owner <owner>', 'whose clusters it sees and launches (the name)')
    .option('--expires <time>', 'from now on, e.g. 12h, 30d (never)')
    .action(async ({ name, role, owner = name, expires, json }: Wanted) => {
      for (const [field, value] of Object.entries({ name, owner })) if (!NAME.test(value)) throw usage(`--${field} ${value} is no name`, `use ${NAME_RULE}`);
      const ms = expires === undefined ? undefined : parseDurationMs(expires);
      if (expires !== undefined && !ms) throw usage(`--expires ${expires} is not a time`, 'write it as 12h or 30d');
      const { createToken } = await import('../tokens_file');
      const made = createToken(fileOf(io), { name, role, owner, ...(ms ? { expiresAt: new Date(Date.now() + ms).toISOString() } : {}) });
      if (json) return printJson(io, made);
      print(io, made.token);
      io.stderr.write(`token ${name}: ${role} for ${owner}${made.expiresAt ? `, until ${made.expiresAt}` : ''}. It is not shown again; use it as GRID_TOKEN.\n`);
    });

const listCommand = ({ io }: Context): Command =>
  jsonCommand('list', 'list tokens: role, owner and until when they are good').action(async ({ json }: { json?: boolean }) => {
    const { listTokens } = await import('../tokens_file');
    const tokens = listTokens(fileOf(io));
    if (json) return printJson(io, { tokens });
    const { tokensTable } = await import('../render/access');
    print(io, tokensTable(tokens, paperOf(io)));
  });

const revokeCommand = ({ io }: Context): Command =>
  jsonCommand('revoke', 'make a token worthless, within a second').argument('<name>').action(async (name: string, { json }: { json?: boolean }) => {
    const { revokeToken } = await import('../tokens_file');
    revokeToken(fileOf(io), name);
    if (json) return printJson(io, { name, state: 'revoked' });
    print(io, `${name} is revoked`);
  });

function fileOf({ env }: Io): string {
  return env['GRID_TOKENS'] || refuse();
}

const refuse = (): never => {
  throw usage('GRID_TOKENS is not set', 'set it to the file in which tokens are kept, for this command and for the grid');
};
