import { lookup } from 'node:dns';
import { request as plain, type RequestOptions } from 'node:http';
import { request as secure } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { problem } from '../../model/errors';
import { ProblemError } from '../problem_error';

const ANSWER_WITHIN_MS = 15_000;

export interface Post {
  webhook: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/**
 * Sends a body and waits for the head of the answer; of the rest nothing is read, and no redirect is followed.
 * @throws ProblemError 502 `no_answer`, `forbidden_address`; the signal's reason once it is aborted
 */
export function post({ webhook, url, headers, body }: Post, signal: AbortSignal): Promise<{ status: number }> {
  const { protocol, hostname } = new URL(url);
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isForbidden(literal)) return Promise.reject(forbidden(webhook, literal));
  const options: RequestOptions = {
    method: 'POST', lookup: lookupAllowed(webhook), signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]), agent: false,
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), 'user-agent': 'service-grid', connection: 'close' },
  };
  return new Promise((resolve, reject) => {
    const out = (protocol === 'https:' ? secure : plain)(url, options, (answer) => {
      resolve({ status: answer.statusCode ?? 0 });
      answer.destroy();
    });
    out.on('error', (error: NodeJS.ErrnoException) => reject(signal.aborted ? (signal.reason as Error) : error instanceof ProblemError ? error : noAnswer(webhook, error)));
    out.end(body);
  });
}

function noAnswer(webhook: string, { code, name }: NodeJS.ErrnoException): ProblemError {
  const why = name === 'TimeoutError' || code === 'ABORT_ERR' ? `nothing came within ${ANSWER_WITHIN_MS / 1000} s` : (code ?? name);
  return new ProblemError(problem(502, 'no_answer', `the receiver of webhook ${webhook} does not answer: ${why}`, 'See that it runs and that the control workers reach it, then retry.'), true);
}

/**
 * Where nobody receives anything, but a cloud may tell its secrets. Addresses of this host and of private networks are
 * allowed: only admins name them, and receivers of a self-hosted grid are there.
 */
const NOWHERE = new BlockList();
NOWHERE.addSubnet('169.254.0.0', 16, 'ipv4');
NOWHERE.addSubnet('0.0.0.0', 8, 'ipv4');
NOWHERE.addSubnet('224.0.0.0', 3, 'ipv4');
NOWHERE.addSubnet('fe80::', 10, 'ipv6');
NOWHERE.addSubnet('ff00::', 8, 'ipv6');
NOWHERE.addAddress('::', 'ipv6');
NOWHERE.addAddress('fd00:ec2::254', 'ipv6');

const isForbidden = (address: string): boolean => (isIP(address) === 0 ? false : NOWHERE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'));

const forbidden = (webhook: string, address: string) =>
  new ProblemError(problem(502, 'forbidden_address', `webhook ${webhook}: ${address} is no address of a receiver`, 'Name an address that is neither link-local nor of everybody.', { field: 'url' }));

/** A name is looked up once, and what it leads to is what is connected to. */
const lookupAllowed = (webhook: string): LookupFunction => (host, options, done) =>
  lookup(host, options, (error, address, family) => {
    const found = Array.isArray(address) ? address.map((one) => one.address) : [address];
    const bad = error ? undefined : found.find(isForbidden);
    done(bad === undefined ? error : forbidden(webhook, bad), address, family);
  });
