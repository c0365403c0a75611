import { KEEPER } from './keeper_script';

/** An agent idles beside the workloads: memory given back soon is worth more than fewer collections. */
const SMALL_HEAP = ['--max-semi-space-size=1', '--initial-old-space-size=16', '--heap-growing-percent=20'];

/**
 * argv of a machine's command that keeps an agent running there for as long as the machine lives.
 * @param node the program that runs Node
 * @param program path of dist/agent.js on the machine
 */
export const agentCommand = (node: string, program: string): string[] =>
  ['/bin/sh', '-c', KEEPER, 'agent', node, ...SMALL_HEAP, program];
