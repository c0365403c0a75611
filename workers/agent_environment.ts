import { hostname } from 'node:os';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { AgentIdentity } from '../activities/agent/agent';
import { readCodecKeys, type CodecKey } from '../process/codec/keys';
import { temporalVariables } from '../process/temporal_environment';

/** All that the environment tells an agent. */
export interface AgentEnvironment {
  identity: AgentIdentity;
  hostname: string;
  temporal: { connection: { address: string }; namespace: string; codecKeys: CodecKey[] };
}

/**
 * Reads it, in few lines of its own: there is an agent for each machine, and what checks the configuration of the
 * grid's other processes would take a tenth of an agent's memory.
 * @throws Error naming the variable that is missing or wrong.
 */
export function readAgentEnvironment(env: NodeJS.ProcessEnv): AgentEnvironment {
  const given = (name: string): string => {
    if (!env[name]) throw new Error(`${name} is not set: an agent is started by the grid, with GRID_AGENT, GRID_MACHINE, GRID_ADDRESS, GRID_ID and TEMPORAL_ADDRESS`);
    return env[name];
  };
  const agent = Number(given('GRID_AGENT'));
  if (!Number.isSafeInteger(agent) || agent < 0) throw new Error(`GRID_AGENT=${env['GRID_AGENT']} is not allowed: a whole number from 0 on`);
  const codecKeys = codecKeysIn(env);
  const disableFile = !env['TEMPORAL_CONFIG_FILE'] && !env['TEMPORAL_PROFILE'];
  const { connectionOptions, namespace = 'servicegrid' } = loadClientConnectConfig({ overrideEnvVars: temporalVariables(env), disableFile });
  return {
    identity: { agent, machine: given('GRID_MACHINE'), address: given('GRID_ADDRESS'), grid: given('GRID_ID'), run: env['GRID_RUN'] ?? '' },
    hostname: env['HOST_HOSTNAME'] || hostname(),
    temporal: { connection: { ...connectionOptions, address: connectionOptions.address ?? given('TEMPORAL_ADDRESS') }, namespace, codecKeys },
  };
}

function codecKeysIn(env: NodeJS.ProcessEnv): CodecKey[] {
  try {
    return readCodecKeys(env['GRID_CODEC_KEY'], env);
  } catch (error) {
    throw new Error(`GRID_CODEC_KEY: ${(error as Error).message}; the keys of the grid have to be where it says on each machine that has an agent`);
  }
}
