/** Files of a recipe with one process, a server that answers as told, and what a test adds. */
export function recipeOf({ server = SERVER, hrd = '', instanceHrd = '', process = '', files = {} }: {
  server?: string; hrd?: string; instanceHrd?: string; process?: string; files?: Record<string, string>;
} = {}): Record<string, string> {
  return {
    'service.hrd': `process.1 =\n    cmd:node,\n    args:'server.js $(instance.param.port)',\n    ports:'$(instance.param.port)',\n${process}\n\n${hrd}\n`,
    'instance.hrd': `param.port = @ASK type:int default:9100\n\n${instanceHrd}\n`,
    'server.js': server,
    ...files,
  };
}

/** Answers its pid. */
export const SERVER = `
const server = require('node:http').createServer((request, response) => response.end(String(process.pid)));
server.listen(Number(process.argv[2]), process.env.GRID_ADDRESS);
process.on('SIGTERM', () => process.exit(0));
`;

/** A recipe without processes. */
export const onlyActions = (name: string, text: string): Record<string, string> => ({ 'service.hrd': 'category = test\n', [`actions.${name}`]: text });
