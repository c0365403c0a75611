import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { parse } from 'yaml';
import { z } from 'zod';
import { computesOf, type ComputeDefinition } from './model/computes_file';
import { refuseConnector } from './model/define_compute';
import { MACHINES_FILE, readMachinesFile, type MachinesFile } from './model/environment/machines_file';
import { parseDurationMs } from './model/duration';
import { problem, problems } from './model/errors';
import { readPythonDicts } from './model/python_dicts';
import { raise } from './model/raise';
import { DEFAULT_TIMES } from './model/services/capacity_state';
import { CODEC_KEY_RULE, readCodecKeys, type CodecKey } from './process/codec/keys';
import { temporalVariables } from './process/temporal_environment';
import { readTokenFile } from './process/tokens';

export interface Listener {
  host: string;
  port: number;
}

/** Everything that the environment decides (DESIGN §9), read once at the start of a process. */
export interface Config {
  /** Where the API listens; at least one, all on loopback unless there are tokens. */
  listen: Listener[];
  /** Directory of everything kept on disk, absolute. */
  home: string;
  /** Directory of products and recipes loaded at start, absolute. */
  catalog: string;
  /** Connector of the compute `host`, which is taken where none is named; none: processes of this machine (GRID_HOST). */
  host?: string;
  /** Computes to define at the start, in this order (GRID_COMPUTES). */
  computes: ComputeDefinition[];
  /** Base URL of the API as the CLI reaches it, without a trailing slash. */
  api: string;
  token?: string;
  /** File of hashed tokens, absolute: with one, who asks has to show one of them (GRID_TOKENS). */
  tokens?: string;
  /** Certificate chain and key with which the API listens, PEM (GRID_TLS_CERT, GRID_TLS_KEY). */
  tls?: { cert: string; key: string };
  /** Where a worker tells what it counts, for Prometheus (GRID_METRICS); on loopback unless there are tokens. */
  metrics?: Listener;
  /** Before the ids of services, instances and agents (GRID_URL), without a trailing slash. */
  url: string;
  /** The grid's id where it was given by the process that brought the grid up (GRID_ID). */
  gridId?: string;
  /** Port asked for the embedded Temporal server; none means 7233 or the next free one. */
  temporalPort?: number;
  hostname: string;
  /** Socket of this host's Docker engine, should there be one (DOCKER_HOST); none where that names an engine elsewhere. */
  dockerSocket?: string;
  /** Silence after which an agent counts as unreachable. */
  agentTimeoutMs: number;
  /** Silence after which a process of the grid is a member no longer. */
  memberLeaseMs: number;
  /** How often what runs at connectors of others is looked at. */
  pollIntervalMs: number;
  /** How often the capacity planner looks, and the times of rules that do not name their own. */
  capacity: { intervalMs: number; cooldownOutMs: number; cooldownInMs: number; stabilisationMs: number };
  temporal: {
    /** True when a server was named; false means the embedded one is to be started. */
    given: boolean;
    /** For `Connection.connect` and `NativeConnection.connect`: address, TLS, API key. */
    connection: ClientConnectConfig['connectionOptions'] & { address: string };
    namespace: string;
    /** Keys of what is kept in Temporal (GRID_CODEC_KEY): the first encrypts, all decrypt. None: it is kept as it is. */
    codecKeys: CodecKey[];
    /** Base of links into the Temporal UI, without a trailing slash. */
    uiUrl?: string;
  };
  /** Name under which the control workers are one deployment, of which one build at a time runs the lifecycles (GRID_DEPLOYMENT); none: all do. */
  deployment?: string;
  logLevel: (typeof LOG_LEVELS)[number];
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export const DEFAULT_TEMPORAL_PORT = 7233;
/** The UI's port lies this much above the server's, which must leave room for it. */
export const UI_PORT_OFFSET = 1000;

const PORT_RULE = 'a port from 1 to 65535';
const LISTEN_RULE = 'comma-separated host:port, e.g. 127.0.0.1:5000,127.0.0.1:7001; IPv6 as [::1]:5000';
const TOKENS_RULE = 'loopback only (127.0.0.0/8, [::1], localhost): listening beyond it needs authentication (GRID_TOKENS), see `grid token create`';

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

const port = (max: number, rule: string) =>
  z
    .string()
    .regex(/^\d{1,5}$/, rule)
    .transform(Number)
    .refine((n) => n >= 1 && n <= max, rule);

function parseListener(text: string): Listener | undefined {
  const m = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const number = Number(m?.[3]);
  return m && number >= 1 && number <= 65_535 ? { host: (m[1] ?? m[2])!.toLowerCase(), port: number } : undefined;
}

const listener = z.string().transform((text, ctx): Listener => {
  const parsed = parseListener(text.trim());
  if (parsed) return parsed;
  ctx.addIssue({ code: 'custom', message: 'host:port, e.g. 127.0.0.1:9464' });
  return z.NEVER;
});

const listeners = z.string().transform((text, ctx): Listener[] => {
  const parsed = text.split(',').map((part) => parseListener(part.trim()));
  const good = parsed.filter((l) => l !== undefined);
  if (good.length < parsed.length) ctx.addIssue({ code: 'custom', message: LISTEN_RULE });
  else if (new Set(good.map(addressOf)).size < good.length) ctx.addIssue({ code: 'custom', message: 'each address once' });
  return good;
});

const httpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'an http:// or https:// URL')
  .transform((text) => text.replace(/\/+$/, ''));

/** Ids are matched on their path, so the base may have none of its own. */
const baseUrl = httpUrl.refine((text) => URL.canParse(text) && new URL(text).origin === text, 'an http:// or https:// URL without a path, e.g. http://localhost');

/** A time like `500ms`, `30s`, `2m`, as milliseconds. */
const duration = (minMs: number, maxMs: number, rule: string) =>
  z.string().transform((text, ctx): number => {
    const ms = parseDurationMs(text);
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    ctx.addIssue({ code: 'custom', message: rule });
    return z.NEVER;
  });

const ruleTime = duration(0, 86_400_000, 'a time from 0s to 1d, e.g. 30s, 2m');

/** Files of data by how their names end; a Python one is read as data, never run. */
export const DATA_FILES: Record<string, (text: string) => unknown> = {
  '.json': (text) => JSON.parse(text) as unknown, '.yaml': (text) => parse(text) as unknown, '.yml': (text) => parse(text) as unknown, '.py': readPythonDicts,
};

/** The computes in a file; a Python one is read as data, never run (G-3). */
function readComputes(path: string, ctx: z.RefinementCtx): ComputeDefinition[] {
  try {
    const read = DATA_FILES[extname(path)];
    if (read) return computesOf(read(readFileSync(path, 'utf8')));
    ctx.addIssue({ code: 'custom', message: 'a file that ends with .json, .yaml, .yml or .py' });
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: `a file of computes: ${(error as Error).message}` });
  }
  return z.NEVER;
}

/** A file that is there to be read; its path, absolute. */
const readable = (what: string, read: (path: string) => unknown) =>
  z.string().transform((path, ctx): string => {
    try {
      read(path);
      return resolve(path);
    } catch (error) {
      ctx.addIssue({ code: 'custom', message: `${what}: ${(error as Error).message}` });
      return z.NEVER;
    }
  });

const readPem = (path: string) => readFileSync(path, 'utf8').includes('-----BEGIN ') || fail('it is not PEM');
const fail = (message: string): never => {
  throw new Error(message);
};

const word = (rule: string) => z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, rule);

const environment = z.object({
  LISTEN: listeners.prefault('127.0.0.1:5000'),
  GRID_HOME: z.string().default(() => join(homedir(), '.service-grid')),
  GRID_CATALOG: z
    .string()
    .refine((dir) => existsSync(dir), 'a directory that exists')
    .default(() => join(projectRoot(), 'catalog')),
  GRID_COMPUTES: z.string().transform(readComputes).optional(),
  GRID_HOST: z.string().refine((text) => !refuseConnector('host', text), 'a connector of a compute without a password in it, e.g. ssh://grid@machine').optional(),
  GRID_API: httpUrl.optional(),
  GRID_TOKEN: z.string().regex(/^[\x21-\x7e]+$/, 'printable characters without blanks').optional(),
  GRID_TOKENS: readable('a file that `grid token create` made', readTokenFile).optional(),
  GRID_TLS_CERT: readable('a certificate', readPem).optional(),
  GRID_TLS_KEY: readable('the key of the certificate', readPem).optional(),
  GRID_METRICS: listener.optional(),
  GRID_URL: baseUrl.prefault('http://localhost'),
  GRID_ID: word('letters, digits, ".", "_" and "-"').optional(),
  GRID_DEPLOYMENT: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'letters, digits, "_" and "-", e.g. grid').optional(),
  GRID_TEMPORAL_PORT: port(65_535 - UI_PORT_OFFSET, `a port from 1 to ${65_535 - UI_PORT_OFFSET} (the UI takes the one ${UI_PORT_OFFSET} above)`).optional(),
  GRID_AGENT_TIMEOUT: duration(500, 3_600_000, 'a time from 500ms to 1h, e.g. 500ms, 30s, 2m').prefault('30s'),
  GRID_MEMBER_LEASE: duration(1_000, 300_000, 'a time from 1s to 5m, e.g. 30s').prefault('30s'),
  GRID_POLL_INTERVAL: duration(100, 3_600_000, 'a time from 100ms to 1h, e.g. 15s').prefault('15s'),
  GRID_CAPACITY_INTERVAL: duration(1_000, 60_000, 'a time from 1s to 1m, since older values do not count').prefault('15s'),
  GRID_CAPACITY_COOLDOWN_OUT: ruleTime.prefault(`${DEFAULT_TIMES.cooldownOutSeconds}s`),
  GRID_CAPACITY_COOLDOWN_IN: ruleTime.prefault(`${DEFAULT_TIMES.cooldownInSeconds}s`),
  GRID_CAPACITY_STABILISATION: ruleTime.prefault(`${DEFAULT_TIMES.stabilisationSeconds}s`),
  DOCKER_HOST: z.string().default('unix:///var/run/docker.sock').transform((text) => /^unix:\/\/(\/.+)$/.exec(text)?.[1]),
  HOST_HOSTNAME: z.string().max(253, 'a host name of up to 253 characters').default(() => hostname()),
  TEMPORAL_ADDRESS: z
    .string()
    .refine((text) => parseListener(text) !== undefined, `host:port with ${PORT_RULE}`)
    .optional(),
  TEMPORAL_NAMESPACE: word('up to 63 letters, digits, ".", "_" and "-"').optional(),
  /** A key, or where it is: see {@link temporalVariables}. */
  TEMPORAL_API_KEY: z.string().optional(),
  /** Where keys are: see {@link readCodecKeys}. */
  GRID_CODEC_KEY: z.string().optional(),
  TEMPORAL_UI_URL: httpUrl.optional(),
  GRID_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `one of ${LOG_LEVELS.join(', ')}` }).default('info'),
});

/** What may hold one, where it is wrong, is not repeated either. */
const SECRET = new Set(['GRID_HOST', 'GRID_TOKEN', 'TEMPORAL_API_KEY', 'GRID_CODEC_KEY']);

/**
 * The configuration of this process.
 * @throws Problem `wrong_configuration` naming each wrong variable, its value and what is allowed; secrets are not repeated.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    raise(problems(parsed.error.issues.map((issue) => wrong(String(issue.path[0]), given[String(issue.path[0])], issue.message))));
  }
  const e = parsed.data;
  if (!e.GRID_TOKENS && !e.LISTEN.every(({ host }) => isLoopback(host))) raise(wrong('LISTEN', given['LISTEN'], TOKENS_RULE));
  if (!e.GRID_TOKENS && e.GRID_METRICS && !isLoopback(e.GRID_METRICS.host)) raise(wrong('GRID_METRICS', given['GRID_METRICS'], TOKENS_RULE));
  if (!e.GRID_TLS_CERT !== !e.GRID_TLS_KEY) raise(wrong(e.GRID_TLS_CERT ? 'GRID_TLS_KEY' : 'GRID_TLS_CERT', undefined, 'certificate and key come together'));
  const tls = e.GRID_TLS_CERT && e.GRID_TLS_KEY ? { cert: e.GRID_TLS_CERT, key: e.GRID_TLS_KEY } : undefined;
  return {
    listen: e.LISTEN,
    home: resolve(e.GRID_HOME),
    catalog: resolve(e.GRID_CATALOG),
    host: e.GRID_HOST,
    computes: e.GRID_COMPUTES ?? [],
    api: e.GRID_API ?? `${tls ? 'https' : 'http'}://${addressOf(reached(e.LISTEN[0]!))}`,
    token: e.GRID_TOKEN,
    tokens: e.GRID_TOKENS,
    tls,
    metrics: e.GRID_METRICS,
    url: e.GRID_URL,
    gridId: e.GRID_ID,
    temporalPort: e.GRID_TEMPORAL_PORT,
    hostname: e.HOST_HOSTNAME,
    dockerSocket: e.DOCKER_HOST,
    agentTimeoutMs: e.GRID_AGENT_TIMEOUT,
    memberLeaseMs: e.GRID_MEMBER_LEASE,
    pollIntervalMs: e.GRID_POLL_INTERVAL,
    capacity: {
      intervalMs: e.GRID_CAPACITY_INTERVAL, cooldownOutMs: e.GRID_CAPACITY_COOLDOWN_OUT,
      cooldownInMs: e.GRID_CAPACITY_COOLDOWN_IN, stabilisationMs: e.GRID_CAPACITY_STABILISATION,
    },
    temporal: { ...readTemporal(given), codecKeys: codecKeysIn(given), uiUrl: e.TEMPORAL_UI_URL },
    deployment: e.GRID_DEPLOYMENT,
    logLevel: e.GRID_LOG_LEVEL,
  };
}

/** Where this host reaches it. */
const reached = ({ host, port: number }: Listener): Listener => ({ host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port: number });

/** `host:port`, an IPv6 host in brackets. */
export function addressOf({ host, port: number }: Listener): string {
  return host.includes(':') ? `[${host}]:${number}` : `${host}:${number}`;
}

/** Directory of the project: where package.json, catalog/ and dist/ are. */
export function projectRoot(): string {
  let dir = __dirname;
  while (!existsSync(join(dir, 'package.json')) && dirname(dir) !== dir) dir = dirname(dir);
  return dir;
}

/**
 * The grid's own id, the label of everything it makes: given by who brought it up, else made once for its home, and for a new home on
 * the environment of another grid that grid's.
 * @throws Problem `broken_model`
 */
export function gridIdOf(config: Pick<Config, 'gridId' | 'home'>): string {
  if (config.gridId) return config.gridId;
  const path = join(config.home, 'grid-id');
  if (!existsSync(path)) placeOnce(path, recordedMachines(config.home)?.grid ?? randomBytes(4).toString('hex'));
  return readFileSync(path, 'utf8').trim();
}

/** What the environment of a home says of its machines; undefined where it says nothing. @throws Problem `broken_model` */
export function recordedMachines(home: string): MachinesFile | undefined {
  const path = join(home, 'environment', MACHINES_FILE);
  return existsSync(path) ? readMachinesFile(readFileSync(path, 'utf8')) : undefined;
}

/** Whole and by one only, whoever else does the same at this moment. */
function placeOnce(path: string, text: string): void {
  const own = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(own, text);
  try {
    linked(own, path);
  } finally {
    rmSync(own, { force: true });
  }
}

/** A link is made or refused as one act, whoever else tries at the same moment. True when it was made. */
export function linked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A profile file is read only where one is named: a server of somebody's profile must not become ours by accident. */
function readTemporal(env: Record<string, string | undefined>): Omit<Config['temporal'], 'uiUrl' | 'codecKeys'> {
  const disableFile = !env.TEMPORAL_CONFIG_FILE && !env.TEMPORAL_PROFILE;
  let loaded: ClientConnectConfig;
  try {
    loaded = loadClientConnectConfig({ overrideEnvVars: temporalVariables(env), disableFile });
  } catch (error) {
    raise(wrong('TEMPORAL_…', undefined, error instanceof Error ? error.message : String(error)));
  }
  const address = loaded.connectionOptions.address;
  return {
    given: address !== undefined,
    connection: { ...loaded.connectionOptions, address: address ?? `127.0.0.1:${DEFAULT_TEMPORAL_PORT}` },
    namespace: loaded.namespace ?? 'servicegrid',
  };
}

function codecKeysIn(env: Record<string, string | undefined>): CodecKey[] {
  try {
    return readCodecKeys(env.GRID_CODEC_KEY, env);
  } catch (error) {
    raise(wrong('GRID_CODEC_KEY', undefined, `${(error as Error).message}; allowed is ${CODEC_KEY_RULE}`));
  }
}

function wrong(name: string, value: string | undefined, allowed: string) {
  const shown = value === undefined || SECRET.has(name) ? name : `${name}=${value}`;
  return problem(400, 'wrong_configuration', `${shown} is not allowed: ${allowed}`, `set ${name} to what is allowed, or unset it for the default`, { field: name });
}
