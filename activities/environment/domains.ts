import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { domainsOf, DOMAINS_FILE, type DomainSource } from '../../model/environment/domains';
import type { Template } from '../../model/environment/environment';
import { parseHrd } from '../../model/hrd/parse';
import { DOMAIN } from '../instances/instance_directory';
import { isMissing, readIfThere } from '../machines/process/directory';
import { parse } from './read_services';
import type { Repository } from './repository';

/** Domain of the templates that an environment has of its own without saying one. */
export const LOCAL = 'local';

/** What was fetched of a domain, as it is kept in the grid's home: files of templates as text, and nothing else of the repository. */
export interface FetchedDomain extends Omit<DomainSource, 'domain'> {
  commit: string;
  templates: { name: string; folder: string; checksum: string; files: Record<string, string> }[];
}

export const domainsRoot = (gridHome: string): string => join(gridHome, 'domains');
export const fetchedPath = (gridHome: string, domain: string): string => join(domainsRoot(gridHome), `${domain}.json`);

/** The domains that the environment names. @throws Problem 400 `broken_model` */
export async function readDomains({ path }: Repository): Promise<DomainSource[]> {
  const text = await readIfThere(join(path, DOMAINS_FILE));
  return text === undefined ? [] : domainsOf(parse(DOMAINS_FILE, text), [DOMAIN, LOCAL]);
}

export interface DomainTemplates {
  templates: Template[];
  /** Domains that were never fetched from where they are now. */
  unfetched: string[];
}

export async function domainTemplates(gridHome: string, repository: Repository): Promise<DomainTemplates> {
  const all = await Promise.all((await readDomains(repository)).map(async (source) => ({ source, templates: await templatesOf(gridHome, source) })));
  return { templates: all.flatMap(({ templates = [] }) => templates), unfetched: all.flatMap(({ source, templates }) => (templates ? [] : [source.domain])) };
}

/** A domain has hundreds of them, and changes seldom. */
const read = new Map<string, { stamp: string; source: string; templates: Template[] }>();

/** Undefined: they are not here. */
async function templatesOf(gridHome: string, { domain, url, ref }: DomainSource): Promise<Template[] | undefined> {
  const path = fetchedPath(gridHome, domain);
  const about = await stat(path).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
  if (!about) return undefined;
  const stamp = `${about.mtimeMs} ${about.size} ${about.ino}`;
  const known = read.get(path);
  const now = known?.stamp === stamp ? known : { stamp, ...templatesIn(domain, JSON.parse(await readFile(path, 'utf8')) as FetchedDomain) };
  read.set(path, now);
  return now.source === sourceOf({ url, ref }) ? now.templates : undefined;
}

const sourceOf = ({ url, ref }: Pick<DomainSource, 'url' | 'ref'>): string => `${url} ${ref}`;

const templatesIn = (domain: string, { url, ref, commit, templates }: FetchedDomain): { source: string; templates: Template[] } => ({
  source: sourceOf({ url, ref }),
  templates: templates.map(({ name, folder, checksum, files }) =>
    ({ domain, name, from: `${url}${ref ? ` ${ref}` : ''}`, folder: `${folder} at ${commit.slice(0, 12)}`, checksum, files, service: parseHrd(files['service.hrd']!), instance: parseHrd(files['instance.hrd'] ?? '') })),
});
