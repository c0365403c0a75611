import { within } from '../../within';
import type { SshHost } from './connector';
import { openSession, type Session } from './session';
import { unreachable } from './unreachable';

/** Drivers are opened for each call; their connections are kept here, one for each compute. */
const opened = new Map<string, Promise<Session>>();

const LONGEST_OPENING_MS = 300_000;

/**
 * The connection to a host, opened where there is none.
 * @throws ProblemError as {@link openSession}; the signal's reason once it is aborted.
 */
export async function sessionOf(host: SshHost, signal?: AbortSignal): Promise<Session> {
  signal?.throwIfAborted();
  const opening = open(host);
  const came = await within(opening, LONGEST_OPENING_MS, signal);
  signal?.throwIfAborted();
  if (!came) throw unreachable(host, `no session within ${LONGEST_OPENING_MS / 1000} s`);
  const session = await opening;
  return session.isOpen() ? session : sessionOf(host, signal);
}

function open(host: SshHost): Promise<Session> {
  const key = JSON.stringify(host);
  const there = opened.get(key);
  if (there) return there;
  const forget = () => { if (opened.get(key) === opening) opened.delete(key); };
  const opening = openSession(host, forget);
  opened.set(key, opening);
  opening.catch(forget);
  return opening;
}
