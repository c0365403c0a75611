/**
 * Run one function of an actions file, or, without an action, write the names of all that it defines. Text, so that
 * they are there in every bundle; arguments: the file, the action, and for Node where its compiler of TypeScript is.
 * The context is read from the file GRID_CONTEXT; what the function returns is written to the file GRID_RESULT.
 */
export const NODE_RUNNER = `
const { readFileSync, writeFileSync } = require('node:fs');
const { Module } = require('node:module');
const { dirname } = require('node:path');
const { pathToFileURL } = require('node:url');
const [file, action, compiler] = process.argv.slice(1);

function loadTypeScript() {
  if (!compiler) throw new Error('TypeScript cannot be read on this machine: write the actions in JavaScript, or install esbuild beside the agent');
  const { code } = require(compiler).transformSync(readFileSync(file, 'utf8'), { loader: 'ts', format: 'cjs', sourcefile: file, sourcemap: 'inline' });
  process.setSourceMapsEnabled(true);
  const made = new Module(file);
  made.filename = file;
  made.paths = Module._nodeModulePaths(dirname(file));
  made._compile(code, file);
  return made.exports;
}

async function run() {
  const loaded = file.endsWith('.ts') ? loadTypeScript() : await import(pathToFileURL(file));
  const defined = { ...loaded.default, ...loaded };
  const give = (value) => writeFileSync(process.env.GRID_RESULT, JSON.stringify(value));
  if (!action) return give(Object.keys(defined).filter((name) => typeof defined[name] === 'function'));
  if (typeof defined[action] !== 'function') throw new Error('the actions file defines no function ' + action);
  const result = await defined[action](JSON.parse(readFileSync(process.env.GRID_CONTEXT, 'utf8')));
  if (result !== undefined) give(result);
}

// What it left open does not keep it: the action is over.
run().then(() => process.exit(process.exitCode ?? 0), (error) => {
  console.error(error?.stack ?? error);
  process.exit(1);
});
`;

export const PYTHON_RUNNER = `
import json, os, sys, types
path, action = sys.argv[1:3]
sys.argv = [path]
sys.path.insert(0, os.path.dirname(path))
actions = types.ModuleType('actions')
actions.__file__ = path
sys.modules['actions'] = actions
with open(path, 'rb') as source:
    code = compile(source.read(), path, 'exec')
exec(code, actions.__dict__)
def give(value):
    with open(os.environ['GRID_RESULT'], 'w') as result:
        json.dump(value, result)
if action == '':
    give([name for name, value in vars(actions).items() if isinstance(value, types.FunctionType) and value.__module__ == 'actions'])
    sys.exit(0)
function = getattr(actions, action, None)
if not callable(function):
    sys.stderr.write('the actions file defines no function ' + action + '\\n')
    sys.exit(1)
with open(os.environ['GRID_CONTEXT']) as context:
    result = function(json.load(context))
if hasattr(result, '__await__'):
    import asyncio
    result = asyncio.run(result)
if result is not None:
    give(result)
`;
