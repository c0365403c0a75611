import { EXIT, Failure, type Told } from './exit';
import { exchange, type HttpAnswer } from './http';

export interface ApiOptions {
  /** Where the grid answers, e.g. `http://127.0.0.1:5000`. */
  base: string;
  token?: string;
}

export interface CallOptions {
  body?: unknown;
  /** Sent as it is, e.g. `If-None-Match`, `Idempotency-Key`. */
  headers?: Record<string, string>;
  silenceMs?: number;
  signal?: AbortSignal;
  onText?: (text: string) => void;
  /** Statuses from 400 on that carry a document like any other. */
  newsToo?: number[];
}

export interface Answer<T> {
  status: number;
  /** The document; undefined for an answer without one (304, 204). */
  body: T;
  etag?: string;
  location?: string;
}

/** One call of the grid's HTTP API; throws {@link Failure} for answers from 400 on and for none at all. */
export interface Api {
  base: string;
  call<T>(method: string, path: string, options?: CallOptions): Promise<Answer<T>>;
}

const ANSWER_WITHIN_MS = 30_000;

export function createApi({ base, token }: ApiOptions): Api {
  const root = base.replace(/\/+$/, '');
  return {
    base: root,
    async call<T>(method: string, path: string, options: CallOptions = {}) {
      const answer = await send(root, token, method, path, options);
      if (answer.status >= 400 && !options.newsToo?.includes(answer.status)) throw failureOf(answer);
      const location = answer.headers.location;
      return {
        status: answer.status,
        body: (answer.text && !options.onText ? parsed(root, answer.text) : undefined) as T,
        ...(answer.headers.etag ? { etag: answer.headers.etag } : {}),
        ...(location ? { location } : {}),
      };
    },
  };
}

/** GRID_API, else the first entry of LISTEN as this machine reaches it (DESIGN §9). */
export function apiFrom(env: Record<string, string | undefined>): Api {
  const listen = (env['LISTEN'] ?? '').split(',')[0]!.trim().replace(/^(0\.0\.0\.0|\[::\]):/, '127.0.0.1:');
  return createApi({ base: env['GRID_API'] || `http://${listen || '127.0.0.1:5000'}`, token: env['GRID_TOKEN'] });
}

async function send(root: string, token: string | undefined, method: string, path: string, options: CallOptions): Promise<HttpAnswer> {
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers };
  if (token) headers['authorization'] = `Bearer ${token}`;
  if (options.body !== undefined) headers['content-type'] = 'application/json';
  try {
    return await exchange({
      method,
      url: urlOf(root, path),
      headers,
      ...(options.body !== undefined ? { body: JSON.stringify(options.body) } : {}),
      silenceMs: options.silenceMs ?? ANSWER_WITHIN_MS,
      signal: options.signal,
      onText: options.onText,
    });
  } catch (error) {
    throw unanswered(root, error);
  }
}

function urlOf(root: string, path: string): URL {
  if (!/^https?:\/\//.test(root) || !URL.canParse(root + path)) {
    throw new Failure({ exit: EXIT.usage, code: 'bad_address', message: `GRID_API is not an address: ${root}`, fix: 'Write it as http://host:port.' });
  }
  return new URL(root + path);
}

function unanswered(root: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { code = '', name } = error as NodeJS.ErrnoException;
  if (name === 'AbortError') return new Failure({ exit: EXIT.interrupted, code: 'interrupted', message: 'interrupted' });
  const gone = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code);
  return gone
    ? new Failure({ exit: EXIT.error, code: 'no_grid', message: `no grid answers at ${root}`, fix: 'start one with `npm start`, or say where it is with GRID_API' })
    : new Failure({ exit: EXIT.error, code: 'no_answer', message: `the grid at ${root} broke off without an answer (${code || name})`, fix: 'try again; `grid status` says how it is' });
}

function parsed(root: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure({ exit: EXIT.error, code: 'not_a_grid', message: `what answers at ${root} is not a grid`, fix: 'check GRID_API' });
  }
}

interface ProblemBody extends Told {
  status?: number;
  title?: string;
  detail?: string;
  error?: string;
  fix?: string;
  evidence?: string;
  problems?: ProblemBody[];
}

const sentence = (p: ProblemBody): string => p.detail ?? p.message ?? p.title ?? p.error ?? '';

/** Both shapes of errors, problem+json and the façade's, as one. */
function failureOf({ status, text }: HttpAnswer): Failure {
  let body: ProblemBody = {};
  try {
    body = (JSON.parse(text) as ProblemBody | null) ?? {};
  } catch {
    // An answer of something in between, e.g. a proxy's page, has nothing to tell but its status.
  }
  const more = (body.problems ?? []).slice(1).map(sentence);
  return new Failure({
    exit: status === 404 ? EXIT.notFound : EXIT.error,
    status,
    message: sentence(body) || `the grid answered ${status}`,
    ...(body.code ? { code: body.code } : {}),
    ...(body.fix ? { fix: body.fix } : {}),
    ...(body.field ? { field: body.field } : {}),
    ...(body.evidence ? { evidence: body.evidence } : {}),
    ...(more.length ? { more } : {}),
    ...(body.problems ? { problems: body.problems } : {}),
    ...(body.question ? { question: body.question } : {}),
  });
}
