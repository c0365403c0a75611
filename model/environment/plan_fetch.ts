import { problem } from '../errors';
import { raise } from '../raise';
import { DOMAINS_FILE, type DomainSource } from './domains';
import type { Environment } from './environment';
import type { PlannedRun } from './plan_run';
import type { RunRequest } from './run';

/** Templates of all domains, or of the one that is named. Raises Problem 404 `domain_not_found`. */
export function planFetch(environment: Environment, sources: readonly DomainSource[], { selection }: RunRequest): PlannedRun {
  const domains = sources.map(({ domain }) => domain).filter((domain) => !selection.domain || domain === selection.domain);
  if (domains.length === 0) {
    raise(problem(404, 'domain_not_found', `the environment names no domain${selection.domain ? ` ${selection.domain}` : ''}`,
      `Write metadata.<domain> = url:'https://…', branch:main into ${DOMAINS_FILE} of the environment.`, { field: 'domain' }));
  }
  return { written: [], environment, tasks: [], machines: [], domains, removed: [], released: [], stays: [] };
}
