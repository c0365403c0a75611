import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { templateFolders, type TemplateFolder } from '../../model/environment/template_folders';
import { isProblem } from '../../model/errors';
import { parseHrd } from '../../model/hrd/parse';
import { ACTIONS_FILE } from '../../model/services/recipe';
import { checkRecipeFiles, MAX_RECIPE_BYTES, recipeChecksum } from '../instances/recipe_files';
import { writeWhole } from '../machines/process/directory';
import { ProblemError, throwProblem } from '../problem_error';
import type { Surroundings } from '../surroundings';
import { aboutModel } from './about_model';
import { contents, fetchBare, plainFiles, type Blob } from './bare_repository';
import { domainsRoot, fetchedPath, readDomains, type FetchedDomain } from './domains';
import { openRepository } from './repository';

const MAX_TEMPLATES = 2_000;
const MAX_BYTES = 64 * 1024 ** 2;

type Fetched = FetchedDomain['templates'][number];

/**
 * Brings the templates of a domain from its repository, as they are there now.
 * @returns for people, what came and what was left out
 * @throws ProblemError 404 `domain_not_found`, 409 `git_failed`, 413 `repository_too_large`; what was fetched before stays
 */
export const fetchDomain = (around: Surroundings) => ({ domain }: { domain: string }): Promise<string> => aboutModel(async () => {
  const { cancellationSignal: signal } = Context.current();
  const source = (await readDomains(await openRepository(around, signal))).find((one) => one.domain === domain);
  if (!source) throwProblem(404, 'domain_not_found', `the environment names no domain ${domain} any more`, 'Run the command again.');
  const bare = join(domainsRoot(around.gridHome), `${domain}.git`);
  const commit = await fetchBare(bare, source, signal);
  const { templates, leftOut } = await templatesOf(bare, commit, domain, signal);
  await writeWhole(fetchedPath(around.gridHome, domain), JSON.stringify({ url: source.url, ref: source.ref, commit, templates } satisfies FetchedDomain), 0o600);
  return [`${templates.length} templates of ${domain} at ${commit.slice(0, 12)}`, ...leftOut.map((reason) => `left out: ${reason}`), ''].join('\n');
});

async function templatesOf(bare: string, commit: string, domain: string, signal: AbortSignal): Promise<{ templates: Fetched[]; leftOut: string[] }> {
  const blobs = await plainFiles(bare, commit, signal);
  const folders = templateFolders([...blobs.keys()], domain);
  const small = folders.filter((folder) => bytesOf(folder, blobs) <= MAX_RECIPE_BYTES);
  if (small.length > MAX_TEMPLATES || small.reduce((sum, folder) => sum + bytesOf(folder, blobs), 0) > MAX_BYTES) {
    throwProblem(413, 'repository_too_large', `the repository of ${domain} has ${small.length} templates: at most ${MAX_TEMPLATES} with ${MAX_BYTES / 1024 ** 2} MiB are taken`, 'Divide it into several domains.');
  }
  const texts = await contents(bare, small.flatMap(({ folder, files }) => files.map((file) => blobs.get(`${folder}/${file}`)!)), signal);
  const leftOut = folders.filter((folder) => !small.includes(folder)).map(({ folder }) => `${folder} has more than ${MAX_RECIPE_BYTES / 1024} KiB`);
  const templates = small.flatMap((folder): Fetched[] => {
    try {
      return [readTemplate(folder, texts)];
    } catch (error) {
      if (!(error instanceof ProblemError) && !isProblem(error)) throw error;
      leftOut.push(`${folder.folder}: ${error.message}`);
      return [];
    }
  });
  return { templates, leftOut };
}

const bytesOf = ({ folder, files }: TemplateFolder, blobs: ReadonlyMap<string, Blob>): number => files.reduce((sum, file) => sum + blobs.get(`${folder}/${file}`)!.bytes, 0);

/** @throws ProblemError or Problem 400 for one that services could not be made of */
function readTemplate({ name, folder, files: names }: TemplateFolder, texts: ReadonlyMap<string, Buffer>): Fetched {
  const files = Object.fromEntries(names.map((file) => [file, textOf(file, texts.get(`${folder}/${file}`)!)]));
  checkRecipeFiles(name, files);
  for (const file of ['service.hrd', 'instance.hrd']) parseHrd(files[file] ?? '');
  const actions = names.filter((file) => ACTIONS_FILE.test(file));
  if (actions.length > 1) throwProblem(400, 'broken_recipe', `there are both ${actions.join(' and ')}`, 'Keep one actions file.');
  return { name, folder, checksum: recipeChecksum(files), files };
}

function textOf(file: string, bytes: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Told below.
  }
  return throwProblem(400, 'broken_recipe', `${file} is not text in UTF-8`, 'Keep files that are not text elsewhere, and let an action fetch them.');
}
