import type { Agent } from 'node:http';

export interface Address {
  host: string;
  port: number;
}

/** Where the masters of a Mesos cluster are, and as whom they are asked. */
export interface Masters {
  compute: string;
  /** As it may be shown. */
  shown: string;
  /** Masters to try, or where the one that leads is written down. */
  at: readonly Address[] | { zooKeeper: readonly Address[]; path: string };
  /** Value of the header Authorization; read anew for each call, since credentials may change. */
  authorization?: () => Promise<string>;
  /** PEM certificates by which masters are trusted: they are asked by TLS then. */
  ca?: string;
  /** How long one answer may take. */
  answerWithinMs?: number;
}

/** A connection that calls have to themselves, one after the other, so that they arrive in the order in which they were made. */
export type Line = Agent;

export const shownAddress = ({ host, port }: Address): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The host and port that a redirect leads to; it is written without a scheme: `//host:port/path`. */
export function readLocation(location: string | undefined): Address | undefined {
  const url = location?.startsWith('//') && URL.canParse(`http:${location}`) ? new URL(`http:${location}`) : undefined;
  return url && { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) };
}
