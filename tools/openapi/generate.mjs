/** `npm run openapi`: writes the document of the API into the tree, and the types of it that the CLI uses. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import openapiTypes, { astToString } from 'openapi-typescript';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const document = join(root, 'api', 'openapi.json');
const types = join(root, 'cli', 'openapi.ts');

const { outputFiles } = await build({
  stdin: { contents: "export { ENDPOINTS } from './api/app'; export { openApiDocument } from './api/docs';", resolveDir: root, loader: 'ts' },
  write: false, bundle: true, platform: 'node', target: 'node20', format: 'cjs', packages: 'external', logLevel: 'error',
});
const file = join(root, 'api', 'openapi.cjs');
const program = new Module(file);
Object.assign(program, { filename: file, paths: createRequire(file).resolve.paths('x') });
program._compile(outputFiles[0].text, file);

const text = `${JSON.stringify(program.exports.openApiDocument(program.exports.ENDPOINTS), null, 1)}\n`;
writeFileSync(document, text);
const hash = createHash('sha256').update(text).digest('hex');
writeFileSync(types, `// Made by \`npm run openapi\` of api/openapi.json ${hash}; not written by hand.\n\n${astToString(await openapiTypes(JSON.parse(text)))}`);
