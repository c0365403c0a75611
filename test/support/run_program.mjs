import { createRequire } from 'node:module';
import Module from 'node:module';
import { build as bundle } from 'esbuild';
import { build } from '../../workers/build.mjs';

/** What a TypeScript file exports that needs no tool beyond those that build the grid, which is built first. */
export async function loadProgram(file) {
  await build();
  const { outputFiles } = await bundle({ entryPoints: [file], write: false, bundle: true, platform: 'node', target: 'node20', format: 'cjs', packages: 'external' });
  // Under its own name, so that it finds its packages and the project as any file there does.
  const name = file.replace(/\.ts$/, '.cjs');
  const program = new Module(name);
  Object.assign(program, { filename: name, paths: createRequire(name).resolve.paths('x') });
  program._compile(outputFiles[0].text, name);
  return program.exports;
}
