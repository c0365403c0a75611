import { problem } from '../errors';
import { raise } from '../raise';
import type { Template } from './environment';

/**
 * The template of a name, and of a domain where one is given. Of the same domain and name the first counts: they come
 * in the order in which they are searched (A-3). Raises Problem 404 `template_not_found`, 409 `ambiguous_template`.
 */
export function findTemplate(templates: readonly Template[], { domain, name }: { domain?: string; name: string }): Template {
  const found = templates.filter((one) => one.name === name && (!domain || one.domain === domain));
  const domains = [...new Set(found.map((one) => one.domain))];
  if (domains.length > 1) {
    raise(problem(409, 'ambiguous_template', `multiple templates found for ${domain || '*'}__${name}: ${domains.map((one) => `${one}__${name}`).join(', ')}. Be more precise please`,
      `Give the domain, as in --domain ${domains[0]}.`, { field: 'domain' }));
  }
  const alike = found.filter((one) => one.from === found[0]!.from);
  if (alike.length > 1) {
    raise(problem(409, 'ambiguous_template', `multiple templates found for ${domains[0]}__${name}: ${alike.map((one) => one.folder ?? one.name).join(', ')}. Be more precise please`,
      `Leave one of them in ${alike[0]!.from}.`, { field: 'name' }));
  }
  return found[0] ?? raise(problem(404, 'template_not_found', `there is no template ${domain ? `${domain}__` : ''}${name.slice(0, 80)}`, known(templates), { field: 'name' }));
}

function known(templates: readonly Template[]): string {
  const names = [...new Set(templates.map((one) => `${one.domain}__${one.name}`))].sort();
  return names.length > 0 ? `There are ${names.slice(0, 20).join(', ')}${names.length > 20 ? ` and ${names.length - 20} more` : ''}.` : 'Put one into servicetemplates/ of the environment.';
}
