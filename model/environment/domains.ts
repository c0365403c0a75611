import { problem } from '../errors';
import { isRef, isRepository, REPOSITORY_RULE } from '../git_address';
import { getDict } from '../hrd/get';
import type { Hrd } from '../hrd/hrd';
import { keysWithPrefix } from '../hrd/prefix';
import { raise } from '../raise';
import { isPart } from './identity';

/** File of the environment that says where templates of other domains are, as the original has it. */
export const DOMAINS_FILE = 'atyourservice.hrd';

/** Where the templates of a domain are. */
export interface DomainSource {
  domain: string;
  url: string;
  /** Branch or tag; empty: the head of the repository. */
  ref: string;
}

const KEY = 'metadata';
const FIELDS = ['url', 'branch', 'tag'];

/**
 * The domains that `metadata.<domain> = url:'…', branch:main` names, in the order of the file. Raises Problem 400 `broken_model` naming the key.
 * @param taken domains whose templates come from elsewhere
 */
export const domainsOf = (hrd: Hrd, taken: readonly string[]): DomainSource[] => keysWithPrefix(hrd, KEY).map((key) => {
  const domain = key.slice(KEY.length + 1);
  if (!isPart(domain)) wrong(key, `${JSON.stringify(domain.slice(0, 60))} cannot be the name of a domain`, 'Use letters, digits, ".", "-" and single underscores.');
  if (taken.includes(domain)) wrong(key, `the domain ${domain} is the grid's own`, 'Give it another name.');
  const given = getDict(hrd, key);
  const unknown = Object.keys(given).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) wrong(key, `it has a field ${unknown}, which there is not`, `It may have ${FIELDS.join(', ')}.`);
  const [url, branch, tag] = FIELDS.map((field) => String(given[field] ?? '')) as [string, string, string];
  if (!isRepository(url)) wrong(key, 'its url is not the address of a repository', REPOSITORY_RULE);
  if (branch && tag) wrong(key, 'it names a branch and a tag', 'Name one of them.');
  if (!isRef(branch || tag)) wrong(key, `${JSON.stringify((branch || tag).slice(0, 60))} is no branch or tag`, 'Name one.');
  return { domain, url, ref: branch || tag };
});

const wrong = (key: string, message: string, fix: string): never => raise(problem(400, 'broken_model', `${DOMAINS_FILE}: ${key}: ${message}`, fix, { field: key }));
