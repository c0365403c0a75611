import { createHash } from 'node:crypto';
import type { SshHost } from './connector';
import type { Address } from './forward';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)$/;

/** Below the ports that systems give out by themselves. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
const CANDIDATES = 16;

/** Where Temporal listens, when only this very host can reach it there. */
export function behindLoopback(temporalAddress: string): Address | undefined {
  const at = temporalAddress.lastIndexOf(':');
  const [host, port] = [temporalAddress.slice(0, at), Number(temporalAddress.slice(at + 1))];
  return LOOPBACK.test(host) ? { host: host.replace(/^\[|\]$/g, ''), port } : undefined;
}

/** The ports of a host's loopback at which agents of a grid may find Temporal: always the same ones, in the same order. */
export function candidatePorts({ grid, host, port, home }: Pick<SshHost, 'grid' | 'host' | 'port' | 'home'>): number[] {
  const start = createHash('sha256').update([grid, host, port, home].join('\n')).digest();
  return Array.from({ length: CANDIDATES }, (_, i) => FIRST_PORT + (start.readUInt16BE(2 * i) % PORTS));
}
