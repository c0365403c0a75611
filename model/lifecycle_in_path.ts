import { kindOf } from './ids';

/** Paths that lead to one lifecycle, and how its id begins. */
const PATHS: [path: RegExp, head: string][] = [
  [/^\/api\/v1\/lifecycles\/(.+?)(?:\/(?:events|retry|skip|pause|resume|abort|repair|destroy|roles\/[^/]+))?\/?$/, ''],
  [/^\/api\/v1\/computes\/([^/]+)/, 'compute/'],
  [/^\/api\/v1\/webhooks\/([^/]+)/, 'webhook/'],
  [/^\/bigdata\/api\/v1\/clusters\/([^/]+\/[^/]+\/[^/]+\/[1-9]\d*)(?:\/|$)/, 'cluster/'],
  [/^\/bigdata\/api\/v1\/queue\/([^/]+)\/?$/, 'launch/'],
];

/** The lifecycle that a request is about, where its path says so: for logs. */
export function lifecycleInPath(path: string): string | undefined {
  for (const [pattern, head] of PATHS) {
    const id = pattern.exec(path)?.[1];
    if (id !== undefined) return kindOf(head + id) && head + id;
  }
  return undefined;
}
