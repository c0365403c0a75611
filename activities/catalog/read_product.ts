import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { isProblem } from '../../model/errors';
import { NAME, NAME_RULE } from '../../model/ids';
import type { PutCatalog } from '../../model/messages';
import { parseOptions } from '../../model/options';
import { NO_OPTIONS, type ProductOptions, type TemplateType } from '../../model/product';
import { ProblemError } from '../problem_error';
import { checkTemplate } from '../templates/render';
import { parseFile, wrongIn, type CatalogFile } from './parse_file';

const DATA = ['.json', '.yaml'];
const SCRIPT = ['', '.js', '.py', '.sh'];

const metadata = z.strictObject({
  description: z.string(),
  logo_url: z.httpUrl().optional(),
  compute: z.string().regex(NAME, NAME_RULE).optional(),
});

/**
 * Reads one product of a catalog: `product` and `template`, and where they are, `options` (each as .json or .yaml) and
 * the script `orchestrator` (as it is, or as .js, .py or .sh).
 * @throws ProblemError 400 whose message begins with file and line.
 */
export async function readProduct(dir: string, name: string, version: string): Promise<PutCatalog['document']> {
  const folder = `products/${name}/${version}`;
  for (const part of [name, version]) {
    if (!NAME.test(part)) wrongIn(folder, undefined, `${part} cannot name a product or a version`, `Rename the directory: ${NAME_RULE}.`);
  }
  const about = (await find(dir, folder, 'product', DATA)) ?? absent(folder, 'product.json');
  const template = (await find(dir, folder, 'template', DATA)) ?? absent(folder, 'template.json');
  const options = await find(dir, folder, 'options', DATA);
  const script = await find(dir, folder, 'orchestrator', SCRIPT);
  const { description, logo_url: logoUrl = '', compute } = readMetadata(about);
  return {
    description, logoUrl, ...(compute ? { compute } : {}),
    template: template.text,
    templateType: await checkedType(template),
    options: options ? readOptions(options) : NO_OPTIONS,
    script: script?.text ?? '',
  };
}

function readMetadata(file: CatalogFile): z.infer<typeof metadata> {
  const { value, lineOf } = parseFile(file);
  const read = metadata.safeParse(value);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  const at = path.map(String);
  return wrongIn(file.name, lineOf(at), [...at, message].join(': '), 'A product has a description, and may have logo_url and compute.');
}

function readOptions(file: CatalogFile): ProductOptions {
  const { value, lineOf } = parseFile(file);
  const options = parseOptions(value);
  if (!isProblem(options)) return options;
  // `options.<part>.<name>`, and the name of an option may itself hold dots.
  const [, part, ...name] = (options.field ?? '').split('.');
  return wrongIn(file.name, lineOf([part ?? '', name.join('.')].filter(Boolean)), options.message, options.fix);
}

async function checkedType(file: CatalogFile): Promise<TemplateType> {
  const type = extname(file.name) === '.yaml' ? 'yaml+jinja2' : 'json+jinja2';
  try {
    await checkTemplate(file.text, type);
    return type;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { line, message, fix } = error.problem;
    return wrongIn(file.name, line, message, fix);
  }
}

async function find(dir: string, folder: string, stem: string, suffixes: string[]): Promise<CatalogFile | undefined> {
  const wanted = suffixes.map((suffix) => `${stem}${suffix}`);
  const found = (await readdir(join(dir, folder)).catch(unreadable(folder))).filter((file) => wanted.includes(file));
  if (found.length > 1) wrongIn(folder, undefined, `there are both ${found.join(' and ')}`, 'Keep one of them.');
  if (!found[0]) return undefined;
  const name = `${folder}/${found[0]}`;
  return { name, text: await readFile(join(dir, name), 'utf8').catch(unreadable(name)) };
}

const absent = (folder: string, file: string) => wrongIn(folder, undefined, `there is no ${file}`, `Add ${file}, or its YAML form.`);

const unreadable = (name: string) => ({ code }: NodeJS.ErrnoException) =>
  wrongIn(name, undefined, `it cannot be read (${code})`, 'Let the grid read it.');
