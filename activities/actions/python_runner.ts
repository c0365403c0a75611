/**
 * Imports an orchestrator script and calls the function named like the verb, as the tool of the seed's time did with
 * its files. Run with `python -c`, the script's file and the verb; a `sys.exit` inside is the exit code, a function
 * that is not there is 2.
 */
export const PYTHON_RUNNER = `
import sys, types
path, verb = sys.argv[1:3]
sys.argv = [path, verb]
script = types.ModuleType('orchestrator')
script.__file__ = path
sys.modules['orchestrator'] = script
with open(path, 'rb') as source:
    code = compile(source.read(), path, 'exec')
exec(code, script.__dict__)
function = getattr(script, verb, None)
if not callable(function):
    sys.stderr.write('the script defines no function ' + verb + '\\n')
    sys.exit(2)
result = function()
if hasattr(result, '__await__'):
    import asyncio
    asyncio.run(result)
`;
