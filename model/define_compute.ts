import type { Code } from './codes';
import type { ComputeState } from './compute_state';
import { problem, problems, type Problem } from './errors';
import { computeId, serviceId } from './ids';

/** What users may do to a compute, and when: every rule answers why not, or undefined. */

/** Computes that the grid makes at its start, and finds again by what they were made with. */
const BUILT_IN = ['host'];

export const isBuiltIn = (name: string): boolean => BUILT_IN.includes(name);

export const refuseBuiltIn = (name: string): Problem | undefined =>
  isBuiltIn(name) ? refuse(name, 'built_in', 'it comes with the grid, which stands on it: it is neither changed nor removed', 'Define another compute under a name of its own.') : undefined;

const URL_FORM = /^[a-z][a-z0-9+.-]*:\S*$/i;
/** `user:secret@` before any host, or a parameter that is one by its name. */
const SECRET = /^[^:]*:\/*([^/?#]*,)?[^/?#@,:[\]]*:(?!\d{1,5}(,|$))[^/?#@]*@|[?&](pass(word|wd|phrase)?|pwd|secret|token)=/i;

/**
 * Whether this can be a connector at all; what its scheme makes of it is its driver's to say. What is refused is not
 * repeated, since it may hold a secret.
 */
export function refuseConnector(name: string, connector: unknown): Problem | undefined {
  const bad = (code: Code, message: string, fix: string) => problem(400, code, `${computeId(name)}: ${message}`, fix, { field: 'connector' });
  if (typeof connector !== 'string' || !URL_FORM.test(connector)) return bad('bad_connector', 'the connector is not a URL', 'Write it as scheme:… , e.g. process:?net=127.98&cpu=2');
  return SECRET.test(connector)
    ? bad('secret_in_connector', 'the connector holds a password, which everybody who sees the compute would see', 'Leave it out and use a key file.')
    : undefined;
}

/** Machines are found again by the connector they were started with, so it stays while there may be any. */
export const refuseDefine = (state: ComputeState, connector: unknown): Problem | undefined =>
  refuseBuiltIn(state.name) ?? refuseConnector(state.name, connector) ?? refuseRemoved(state) ?? (connector === state.connector ? undefined : refuseInUse(state, 'given another connector'));

export const refuseRemove = (state: ComputeState): Problem | undefined => refuseBuiltIn(state.name) ?? refuseRemoved(state) ?? refuseInUse(state, 'removed');

const refuseRemoved = ({ name, state }: ComputeState): Problem | undefined =>
  state === 'removed' ? refuse(name, 'removed', 'it was removed', 'Define it again.') : undefined;

const NAMED = 3;

function refuseInUse({ name, reservations, holdings }: ComputeState, wish: string): Problem | undefined {
  const held = Object.entries(holdings ?? {}).map(([service, { wanted, running }]) => `${serviceId(service)} (${wanted} wanted, ${running ?? 'not known how many'} running)`);
  const reserved = Object.values(reservations).map(({ owner, allocations }) => {
    const sum = (of: 'cpu' | 'memMiB') => allocations.reduce((n, a) => n + a[of], 0);
    const what = allocations.length === 1 ? allocations[0]!.node : `${allocations.length} nodes`;
    return `${owner} (${what}: ${Number(sum('cpu').toFixed(3))} cpu, ${sum('memMiB')} MiB)`;
  });
  const holders = [...reserved, ...held];
  if (holders.length === 0) return undefined;
  const more = holders.length > NAMED ? ` and ${holders.length - NAMED} more` : '';
  const fix = 'Destroy or uninstall what is there, then try again.';
  const said = refuse(name, 'in_use', `it cannot be ${wish} while it is used by ${holders.slice(0, NAMED).join(', ')}${more}`, fix);
  return more ? problems([said, ...holders.map((holder) => refuse(name, 'in_use', `used by ${holder}`, fix))]) : said;
}

const refuse = (name: string, code: Code, message: string, fix: string) => problem(409, code, `${computeId(name)}: ${message}`, fix);
