import { parseClusterId } from './ids';

/** Who may do what (DESIGN §8). `read` looks, `operate` changes what is its owner's too, `admin` sees and changes everything. */
export const ROLES = ['read', 'operate', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks. */
export interface Caller {
  /** Of the token. */
  name: string;
  role: Role;
  /** Whose clusters it launches, and sees. */
  owner: string;
  /** Lifecycle id of the one cluster that it is good for: the token of a script. */
  cluster?: string;
}

/** While authentication is off. */
export const EVERYBODY: Caller = { name: 'test', role: 'admin', owner: 'test' };

/** A lifecycle and whose it is; what belongs to nobody, as products, computes and services, is there for all. */
export interface Owned {
  id: string;
  owner: string;
}

/** Whose a lifecycle is, of which no more is known than its id. */
export const ownedBy = (id: string): Owned => ({ id, owner: parseClusterId(id)?.user ?? '' });

export const hasRole = ({ role }: Pick<Caller, 'role'>, wanted: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(wanted);

/** What somebody may not see is to him as if it were not there. */
export const maySee = (caller: Caller, owned: Owned): boolean => caller.role === 'admin' || owned.owner === '' || isOwn(caller, owned);

export const mayChange = (caller: Caller, owned: Owned): boolean => caller.role === 'admin' || (caller.role === 'operate' && isOwn(caller, owned));

const isOwn = ({ owner, cluster }: Caller, owned: Owned): boolean => owned.owner === owner && (cluster === undefined || owned.id === cluster);
