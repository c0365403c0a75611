import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Template } from '../../model/environment/environment';
import { tripleNamed } from '../../model/environment/identity';
import { parseHrd } from '../../model/hrd/parse';
import { listRecipes, readRecipe } from '../catalog/read_recipe';
import { checkRecipeFiles, recipeChecksum } from '../instances/recipe_files';
import { DOMAIN } from '../instances/instance_directory';
import { isMissing } from '../machines/process/directory';
import type { Surroundings } from '../surroundings';
import { domainTemplates, LOCAL, type DomainTemplates } from './domains';
import { parse, readFiles } from './read_services';
import { TEMPLATES, type Repository } from './repository';

/**
 * All templates in the order in which they are searched (A-3, DESIGN §11): the catalog's, then those of the environment, in
 * `servicetemplates/<name>/` or `servicetemplates/<domain>__<name>/`, then those of domains, as they were last fetched.
 * @throws ProblemError 400 `broken_catalog`, `broken_recipe`, `broken_model` with file and line
 */
export async function readTemplates({ catalog, gridHome }: Pick<Surroundings, 'catalog' | 'gridHome'>, repository: Repository): Promise<DomainTemplates> {
  const ours = await Promise.all((await listRecipes(catalog)).map(async (name) => {
    const { files, checksum } = await readRecipe(catalog, name);
    return template({ domain: DOMAIN, name, from: 'the catalog', files, checksum });
  }));
  const [own, { templates, unfetched }] = await Promise.all([ownTemplates(repository), domainTemplates(gridHome, repository)]);
  return { templates: [...ours, ...own, ...templates], unfetched };
}

async function ownTemplates({ path }: Repository): Promise<Template[]> {
  const entries = await readdir(join(path, TEMPLATES), { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const named = entries.filter((entry) => entry.isDirectory()).flatMap(({ name: folder }) => {
    const { domain, name } = tripleNamed(`${folder.includes('__') ? folder : `${LOCAL}__${folder}`}__main`) ?? {};
    return domain && name ? [{ domain, name, folder }] : [];
  });
  return Promise.all(named.map(async ({ domain, name, folder }) => {
    const files = await readFiles(path, `${TEMPLATES}/${folder}`);
    checkRecipeFiles(folder, files);
    for (const file of ['service.hrd', 'instance.hrd']) parse(`${TEMPLATES}/${folder}/${file}`, files[file] ?? '');
    return template({ domain, name, from: TEMPLATES, folder, files, checksum: recipeChecksum(files) });
  }));
}

const template = (about: Omit<Template, 'service' | 'instance'>): Template =>
  ({ ...about, service: parseHrd(about.files['service.hrd']!), instance: parseHrd(about.files['instance.hrd'] ?? '') });
