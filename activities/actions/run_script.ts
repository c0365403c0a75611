import { delimiter, join } from 'node:path';
import type { RoleView } from '../../model/cluster_views';
import type { OptionValue } from '../../model/product';
import { sweepByLabel } from '../processes/sweep';
import { runChild, type ChildResult } from '../run_child';
import { scriptCommand, type ScriptVerb } from './script_command';
import { makeScriptHome, removeScriptHome } from './script_home';
import { scriptOutput, type ScriptOutput } from './script_output';

/** A node as a script finds it in the file `GRID_NODES`. */
export interface ScriptNode {
  name: string;
  dn: string;
  /** Of its first network. */
  address: string;
  /** By device, e.g. `eth1`. */
  addresses: Record<string, string>;
  machine: string;
  roles: string[];
  host: string;
  status: string;
}

export interface ScriptCluster {
  dn: string;
  id: string;
  nodes: ScriptNode[];
  roles: RoleView[];
  options: Record<string, OptionValue>;
}

export interface ScriptRequest {
  script: string;
  verb: ScriptVerb;
  cluster: ScriptCluster;
  /** Base URL of the grid's API, and the token that is good for this cluster, where tokens are in use. */
  api: string;
  token?: string;
  gridHome: string;
  /** The grid's own id. */
  grid: string;
  /** argv that runs the `grid` command. */
  gridCommand: string[];
  runId: string;
  timeoutMs: number;
  /** Where programs are looked for after `grid` and `node`: a list as in PATH, by default this process's own. */
  path?: string;
}

export interface ScriptResult {
  /** Null when it was ended by a signal or at a limit; the last line of the output says which. */
  exit: number | null;
  /** The last 64 KiB that it printed, both streams by line; neither the token nor the path of its directory shows. */
  output: string;
  timedOut: boolean;
}

const KEEP_BYTES = 64 * 1024;
/** Whoever prints more than this is not telling anybody anything. */
const MAX_PRINTED_BYTES = 64 * 1024 * 1024;

/**
 * Runs one verb of a cluster's orchestrator script (P-41, P-43, DESIGN §11 *Scripts*) in a private directory, within
 * limits of time and output; afterwards nothing that it forked is left, nor the directory. At most one script of a
 * cluster runs at a time: one that a worker's crash left behind is ended first.
 * `onOutput` gets the output as it comes, without the token.
 * @throws ProblemError 400 `unknown_script`, 503 `interpreter_missing`, 503 `no_place_for_script`; `signal.reason` after an abort.
 */
export async function runScript(request: ScriptRequest, on: { signal: AbortSignal; onOutput?: (text: string) => void }): Promise<ScriptResult> {
  const { cluster, verb, script } = request;
  await sweepByLabel({ GRID_ID: request.grid, GRID_SCRIPT: cluster.id });
  const { nodes, roles, options } = cluster;
  const dir = await makeScriptHome(request.gridHome, cluster.id, { script, nodes, roles, options, gridCommand: request.gridCommand });
  const hidden: [string, string][] = [[dir, '.'], ...(request.token ? [[request.token, '***'] as [string, string]] : [])];
  const output = scriptOutput(KEEP_BYTES, hidden, on.onOutput);
  try {
    const path = [join(dir, 'bin'), request.path ?? process.env.PATH ?? ''].join(delimiter);
    const argv = await scriptCommand(script, verb, path);
    const result = await runWithinLimits(request, argv, dir, path, on.signal, output);
    output.close(noteOn(result, request.timeoutMs));
    return { exit: result.timedOut ? null : result.exit, output: output.text(), timedOut: result.timedOut };
  } finally {
    await removeScriptHome(dir);
  }
}

type Ending = Pick<ChildResult, 'exit' | 'signal' | 'timedOut'> & { flooded?: boolean };

async function runWithinLimits(
  request: ScriptRequest, argv: string[], dir: string, path: string, signal: AbortSignal, output: ScriptOutput,
): Promise<Ending> {
  const flood = new AbortController();
  try {
    return await runChild({
      argv,
      cwd: dir,
      env: environment(request, dir, path),
      labels: { GRID_ID: request.grid, GRID_RUN: request.runId, GRID_SCRIPT: request.cluster.id },
      timeoutMs: request.timeoutMs,
      signal: AbortSignal.any([signal, flood.signal]),
      keepBytes: 1,
      onOutput: (chunk, stream) => {
        if (output.bytes() > MAX_PRINTED_BYTES) return flood.abort();
        output.write(chunk, stream);
      },
    });
  } catch (error) {
    if (signal.aborted || !flood.signal.aborted) throw error;
    return { exit: null, signal: 'SIGKILL', timedOut: false, flooded: true };
  }
}

function environment({ cluster, verb, api, token }: ScriptRequest, dir: string, path: string): Record<string, string> {
  return {
    PATH: path,
    HOME: dir,
    TMPDIR: join(dir, 'tmp'),
    LANG: 'C.UTF-8',
    // What it printed must be there when it is ended at a limit.
    PYTHONUNBUFFERED: '1',
    CLUSTERDN: cluster.dn,
    GRID_API: api,
    ...(token ? { GRID_TOKEN: token } : {}),
    // The API may have a certificate of the site's own.
    ...(process.env['NODE_EXTRA_CA_CERTS'] ? { NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] } : {}),
    GRID_VERB: verb,
    GRID_NODES: join(dir, 'nodes.json'),
    GRID_ROLES: join(dir, 'roles.json'),
    GRID_OPTIONS: join(dir, 'options.json'),
  };
}

function noteOn({ flooded, timedOut, signal }: Ending, timeoutMs: number): string | undefined {
  if (flooded) return `(ended: it printed more than ${MAX_PRINTED_BYTES / 1024 / 1024} MiB)`;
  if (timedOut) return `(ended: it did not finish within ${timeoutMs / 1000} s)`;
  return signal ? `(ended by ${signal})` : undefined;
}
