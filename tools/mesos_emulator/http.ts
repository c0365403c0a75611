import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { accept } from './accept';
import { decline, revive, suppress } from './allocate';
import { disconnect, newStreamId, remove, subscribe, updateFramework } from './frameworks';
import { toJson, toRecord } from './json';
import { answerOperator, metricsOf, page, teardown, VERSION, type Told } from './operator';
import { BadCall, parseJson, readCall } from './parse_call';
import { acknowledge, kill, reconcile } from './tasks';
import { isConnected, type Framework, type Master, type Stream } from './state';

/** A master as it is seen on the wire. */

export interface Place {
  /** What is here, as long as it leads. */
  master: Master | undefined;
  /** `host:port` of the master that leads, if that is another one. */
  elsewhere(): string | undefined;
  /** What kills a real master. */
  crash(): void;
}

const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/x-protobuf';

export async function answer(place: Place, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://master');
  const path = url.pathname.replace(/\/+$/, '') || '/';
  const below = path.replace(/^\/master(?=\/)/, '');
  const scheduler = below === '/api/v1/scheduler' || below.startsWith('/api/v1/scheduler/');
  const body = await bodyOf(request);
  if (below === '/health') return send(request, response, { status: 200 });
  if (below === '/version') return send(request, response, { status: 200, json: VERSION });
  if (below === '/redirect') return redirect(response, `//${place.elsewhere() ?? hostOf(place)}`);
  if (below === '/metrics/snapshot') return send(request, response, { status: 200, json: place.master ? metricsOf(place.master) : { 'master/elected': 0 } });
  if (path === '/' || path === '/master') return send(request, response, { status: 200, text: 'This is an emulator of a Mesos master: it has no page for people.' });
  if (scheduler && !isLetIn(place, request)) return unauthorized(response);
  const { master } = place;
  if (!master || master.down === 'dead') {
    const leader = place.elsewhere();
    return leader ? redirect(response, `//${leader}${path.startsWith('/master') ? '' : '/master'}${path}`) : send(request, response, { status: 503, text: 'No leader elected' });
  }
  if (master.down) return send(request, response, { status: 503, text: 'Master has not finished recovery' });
  if (below === '/teardown') return send(request, response, teardown(master, new URLSearchParams(body.toString()).get('frameworkId') ?? ''));
  const old = page(master, below, url.searchParams);
  if (old && request.method === 'GET') return send(request, response, { status: 200, json: old });
  if (!scheduler && !below.startsWith('/api/v1')) return send(request, response, { status: 404, text: '404 Not Found.' });
  if (request.method !== 'POST') {
    return send(request, response, { status: 405, text: `405 Method Not Allowed. Expecting one of { 'POST' }, but received '${request.method}'.` }, { Allow: 'POST' });
  }
  const type = request.headers['content-type'];
  if (type === undefined) return send(request, response, { status: 400, text: "Expecting 'Content-Type' to be present" });
  if (type !== JSON_TYPE && type !== PROTOBUF) return send(request, response, { status: 415, text: `Expecting 'Content-Type' of ${JSON_TYPE} or ${PROTOBUF}` });
  if (type === PROTOBUF) return send(request, response, { status: 400, text: 'Failed to parse body into Call protobuf' });
  try {
    const value = parseJson(body.toString('utf8'));
    if (scheduler) schedule(place, master, request, response, readCall(value));
    else operate(master, request, response, value);
  } catch (error) {
    if (!(error instanceof BadCall)) throw error;
    send(request, response, { status: 400, text: error.message });
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

const hostOf = ({ master }: Place): string => `${master!.options.ip}:${master!.options.port}`;

function principalOf(request: IncomingMessage): [name: string, secret: string] | undefined {
  const given = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const [name, ...secret] = given ? Buffer.from(given, 'base64').toString().split(':') : [];
  return name === undefined ? undefined : [name, secret.join(':')];
}

function isLetIn({ master }: Place, request: IncomingMessage): boolean {
  const secrets = master?.options.secrets;
  const principal = principalOf(request);
  return !secrets || Boolean(principal && Object.hasOwn(secrets, principal[0]) && secrets[principal[0]] === principal[1]);
}

const unauthorized = (response: ServerResponse): void => {
  write(response, 401, { 'WWW-Authenticate': 'Basic realm="mesos-master-scheduler"', 'Content-Type': 'text/plain; charset=utf-8' }, '401 Unauthorized.');
};

const redirect = (response: ServerResponse, location: string): void => write(response, 307, { Location: location }, '');

function send(request: IncomingMessage, response: ServerResponse, { status, text, json }: Told, headers: Record<string, string> = {}): void {
  const content = json ? toJson(json) : (text ?? '');
  const type: Record<string, string> = json ? { 'Content-Type': JSON_TYPE } : content ? { 'Content-Type': 'text/plain; charset=utf-8' } : {};
  const packed = json && content.length > 1_024 && /gzip/.test(String(request.headers['accept-encoding'] ?? ''));
  write(response, status, { ...headers, ...type, ...(packed ? { 'Content-Encoding': 'gzip' } : {}) }, packed ? gzipSync(content) : content, request.method === 'HEAD');
}

const REASONS: Record<number, string> = { 202: 'Accepted', 307: 'Temporary Redirect', 503: 'Service Unavailable' };

function write(response: ServerResponse, status: number, headers: Record<string, string>, content: string | Buffer, head = false): void {
  response.removeHeader('connection');
  response.writeHead(status, REASONS[status], { ...headers, 'Content-Length': Buffer.byteLength(content) });
  response.end(head ? undefined : content);
}

/** Events that were told, on all streams: by this a test knows what it has yet to hear. */
export const TOLD = { events: 0 };

function streamOn(response: ServerResponse, headers: Record<string, string>): Stream {
  response.removeHeader('connection');
  response.writeHead(200, { ...headers, 'Content-Type': JSON_TYPE });
  return {
    tell: (event) => {
      if (response.writableEnded || response.destroyed) return;
      TOLD.events += 1;
      response.write(toRecord(event));
    },
    end: (whole) => void (whole ? response.end() : response.socket?.end()),
  };
}

const IS_SUBSCRIBE = new Set(['SUBSCRIBE']);

function schedule(place: Place, master: Master, request: IncomingMessage, response: ServerResponse, call: any): void {
  const streamId = request.headers['mesos-stream-id'];
  const no = (status: number, text: string) => send(request, response, { status, text });
  if (IS_SUBSCRIBE.has(call.type)) {
    const { framework_info: info, suppressed_roles: suppressed = [] } = call.subscribe;
    if (info.id?.value !== call.framework_id?.value) return no(400, "Failed to validate scheduler::Call: 'framework_id' differs from 'subscribe.framework_info.id'");
    const principal = principalOf(request)?.[0];
    if (master.options.secrets && info.principal !== undefined && info.principal !== principal) {
      return no(400, `Failed to validate scheduler::Call: Authenticated principal '${principal}' does not match principal '${info.principal}' set in \`FrameworkInfo\``);
    }
    if (!/^(|.*(application\/json|application\/x-protobuf|\*\/\*).*)$/.test(request.headers.accept ?? '')) return no(406, `Expecting 'Accept' to allow '${PROTOBUF}' or '${JSON_TYPE}'`);
    if (streamId !== undefined) return no(400, "Subscribe calls should not include the 'Mesos-Stream-Id' header");
    const id = newStreamId();
    const stream = streamOn(response, { 'Mesos-Stream-Id': id });
    response.on('close', () => [...master.frameworks.values()].forEach((framework) => disconnect(master, framework, stream)));
    request.socket.on('end', () => request.socket.end());
    return subscribe(master, { info, suppressed }, stream, id);
  }
  const framework = master.frameworks.get(call.framework_id.value);
  if (!framework) return no(400, 'Framework cannot be found');
  if (!isConnected(framework)) return no(403, 'Framework is not subscribed');
  if (streamId === undefined) return no(400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header");
  if (streamId !== framework.streamId) return no(400, `The stream ID '${String(streamId)}' included in this request didn't match the stream ID currently associated with framework ID ${framework.id}`);
  if (call.type === 'UNKNOWN') return place.crash();
  if (call.type === 'UPDATE_FRAMEWORK') {
    const objection = updateFramework(framework, call.update_framework.framework_info);
    return send(request, response, objection === undefined ? { status: 200 } : { status: 400, text: objection });
  }
  carryOut(master, framework, call);
  send(request, response, { status: 202 });
}

const values = (ids: { value: string }[] = []): string[] => ids.map(({ value }) => value);

/** What is accepted: whatever comes of it is told on the stream. */
function carryOut(master: Master, framework: Framework, call: any): void {
  switch (call.type) {
    case 'ACCEPT': return accept(master, framework, call.accept);
    case 'DECLINE': return decline(master, framework, values(call.decline.offer_ids), call.decline.filters?.refuse_seconds);
    case 'REVIVE': return revive(master, framework, call.revive?.roles ?? []);
    case 'SUPPRESS': return suppress(framework, call.suppress?.roles ?? []);
    case 'KILL': return kill(master, framework, call.kill);
    case 'ACKNOWLEDGE': return acknowledge(master, framework, call.acknowledge);
    case 'RECONCILE': return reconcile(master, framework, call.reconcile.tasks ?? []);
    case 'SHUTDOWN': return master.agents.get(call.shutdown.agent_id?.value)?.port.shutdownExecutor(framework.id, call.shutdown.executor_id.value);
    case 'TEARDOWN': return remove(master, framework);
  }
}

function operate(master: Master, request: IncomingMessage, response: ServerResponse, body: any): void {
  if (body?.type !== 'SUBSCRIBE') return send(request, response, answerOperator(master, body));
  const stream = streamOn(response, {});
  const beatS = master.options.heartbeatMs / 1_000;
  const beat = () => {
    stream.tell({ type: 'HEARTBEAT' });
    return master.options.clock.after(master.options.heartbeatMs, () => { stop = beat(); });
  };
  stream.tell({ type: 'SUBSCRIBED', subscribed: { ...(answerOperator(master, { type: 'GET_STATE' }).json as object), heartbeat_interval_seconds: beatS } });
  let stop = beat();
  master.operators.add(stream);
  response.on('close', () => {
    master.operators.delete(stream);
    stop();
  });
}
