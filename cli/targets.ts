import { readFile } from 'node:fs/promises';
import { agentId, agentMachineId } from '../model/ids';
import type { NodeView } from '../model/cluster_views';
import type { Api } from './api';
import { readLifecycle } from './endpoints';
import { EXIT, Failure } from './exit';
import { runnerIdOf, shortId, targetOf } from './ids';
import type { Io } from './io';

/** Id of the machine that these words mean; a node's is looked up in its cluster, that of an instance is its agent's. */
export async function machineOf(api: Api, words: readonly string[], io: Io): Promise<string> {
  const agent = words.length === 1 ? await agentOf(api, words[0]!, io) : undefined;
  if (agent) return agentMachineId(agent.number, agent.generation);
  const target = targetOf(words, io.env);
  const told = 'machine' in target ? await toldToScript(target.machine, io) : undefined;
  if (told) return told;
  if (!target.cluster) return 'machine' in target ? target.machine : '';
  const { body: life } = await readLifecycle(api, target.cluster, { signal: io.signal });
  const name = 'node' in target ? target.node : target.machine;
  const node = life.nodes?.find((n) => n.name === name);
  if (node) return node.machine;
  if ('machine' in target) return target.machine;
  const names = (life.nodes ?? []).map((n) => n.name).join(', ');
  throw new Failure({
    exit: EXIT.notFound, code: 'node_not_found', message: `${shortId(target.cluster)} has no node ${name}`,
    fix: life.stale ? 'no worker runs, so its nodes are not known; name the machine, or start a worker' : `its nodes are ${names || 'none'}`,
  });
}

async function agentOf(api: Api, word: string, io: Io): Promise<{ number: number; generation: number } | undefined> {
  const id = runnerIdOf(word);
  if (!id) return undefined;
  const { body: life } = await readLifecycle(api, id, { signal: io.signal });
  if (life.kind === 'instance' && life.agent !== undefined) return agentOf(api, agentId(life.agent), io);
  const { number, generation } = life;
  if (number !== undefined && generation !== undefined) return { number, generation };
  throw new Failure({ exit: EXIT.error, code: 'machine_unknown', message: `no worker runs, so the machine of ${id} is not known`, fix: 'name the machine, or start a worker' });
}

/** A script is told its nodes in the file GRID_NODES; looking there saves it a question for each `grid exec`. */
async function toldToScript(node: string, { env }: Io): Promise<string | undefined> {
  const file = env['GRID_NODES'];
  const text = file ? await readFile(file, 'utf8').catch(() => '[]') : '[]';
  return (JSON.parse(text) as Pick<NodeView, 'name' | 'machine'>[]).find((n) => n.name === node)?.machine;
}
