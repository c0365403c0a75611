import { startEmulator, type Emulator, type EmulatorOptions } from '../../../tools/mesos_emulator/emulator';
import { TOLD } from '../../../tools/mesos_emulator/http';
import { amountOf } from '../../../tools/mesos_emulator/resources';
import { isConnected } from '../../../tools/mesos_emulator/state';
import { openRaw, type RawAnswer, type RawConnection } from './raw_connection';
import { recordedProcesses } from './recorded_processes';
import { ofKind, type Entry, type Note, type Request, type Trace } from './traces';
import { virtualClock, type VirtualClock } from './virtual_time';

/** What was heard on one connection of a replay. */
export interface Heard {
  answer?: RawAnswer;
  events: { at: number; event: any; chunk: string }[];
  ended?: RawConnection['ended'];
}

export interface Replay {
  heard: Map<number, Heard>;
  emulator: Emulator;
}

export interface Scenario {
  options: Partial<EmulatorOptions>;
  /** What the recorder did to the cluster, by the words with which it noted that. */
  actions?: [when: RegExp, act: (emulator: Emulator, note: Note) => void][];
  /** When something is done that no note tells of, ms since the start. */
  at?: [ms: number, act: (emulator: Emulator) => void][];
}

const LATE_MS = 2_500;
const PAGE_PORT = /:(\d+)$/;

/**
 * Tells the emulator all that the recorded caller told its master, at the same times of a virtual clock, byte for byte but
 * for the ids that are made anew; nothing is said before all that the caller had heard was heard.
 */
export async function replayOnEmulator(trace: Trace, { options, actions = [], at = [] }: Scenario): Promise<Replay> {
  const base = Date.parse(trace.started);
  const first = trace.entries[0]!.ts;
  const phase = phaseOf(trace);
  const clock = virtualClock(base + first - 60_000);
  const offers = ofKind(trace.entries, 'event').filter(({ event }) => event.type === 'OFFERS').flatMap(({ event }) => event.offers.offers.map((offer: any) => offer.id.value as string));
  const subscribed = ofKind(trace.entries, 'event').find(({ event }) => event.type === 'SUBSCRIBED' && event.subscribed.framework_id)?.event.subscribed;
  const emulator = await startEmulator({
    clock, launcher: recordedProcesses(trace, clock), workDir: '/var/lib/mesos', said: { port: 5050, agentPort: 5051 }, electionMs: 9_800, recoveryMs: 100,
    ...(subscribed ? { masterId: subscribed.master_info.id, firstFramework: Number(subscribed.framework_id.value.split('-').at(-1)) } : {}),
    ...(offers[0] ? { firstOffer: Number(offers[0].split('-O').at(-1)) } : {}),
    allocatesAfterMs: 1_000 + (((phase - first) % 1_000) + 1_000) % 1_000,
    ...options, hosts: options.hosts ?? [{ id: agentIdOf(trace) }],
  });
  const replay = new Replayer(trace, emulator, clock, base);
  const later = [...at];
  for (const entry of trace.entries) {
    while (later[0] && later[0][0] <= entry.ts) {
      const [ms, act] = later.shift()!;
      await replay.goTo(ms);
      act(emulator);
      await replay.settle();
    }
    await replay.follow(entry, actions);
  }
  await replay.goTo(trace.entries.at(-1)!.ts + 100);
  for (const { connection } of replay.open.values()) connection.destroy();
  await emulator.close();
  return { heard: replay.heard(), emulator };
}

/** The first agent that is named in the recording. */
const agentIdOf = (trace: Trace): string | undefined => /"agent_id":\{"value":"([^"]+-S\d+)"/.exec(JSON.stringify(trace.entries))?.[1];

/** Where in a second the master allocated: the time of the first offer that nothing else caused. */
function phaseOf({ entries }: Trace): number {
  const causes = entries.filter((entry) => entry.dir === 'request' && /SUBSCRIBE|REVIVE/.test(entry.body?.type)).map(({ ts }) => ts);
  const tick = ofKind(entries, 'event').find(({ event, ts }) => event.type === 'OFFERS' && !causes.some((cause) => ts >= cause && ts - cause < 60));
  return tick ? tick.ts % 1_000 : 0;
}

interface Open {
  connection: RawConnection;
  events: Heard['events'];
}

class Replayer {
  open = new Map<number, Open>();
  private done = new Map<number, Heard>();
  /** What is called otherwise here, by what it was called there. */
  private names = new Map<string, string>();
  private heardCount = 0;
  private readonly told = TOLD.events;
  private lost = 0;

  constructor(private trace: Trace, private emulator: Emulator, private clock: VirtualClock, private base: number) {}

  heard(): Map<number, Heard> {
    const still = [...this.open].map(([conn, { connection, events }]): [number, Heard] => [conn, { events, ended: connection.ended, ...(connection.answers[0] ? { answer: connection.answers[0] } : {}) }]);
    return new Map([...this.done, ...still]);
  }

  async follow(entry: Entry, actions: NonNullable<Scenario['actions']>): Promise<void> {
    switch (entry.dir) {
      case 'request': return this.ask(entry);
      case 'stream_end': return entry.why === 'closed locally' ? this.close(entry.conn, entry) : undefined;
      case 'note': {
        await this.goTo(entry.ts);
        if (entry.text.startsWith('half close')) for (const { connection } of this.open.values()) if (connection.answers[0]?.headers['Mesos-Stream-Id']) connection.finish();
        const action = actions.find(([when]) => when.test(entry.text));
        if (!action) return;
        await this.catchUp(entry);
        action[1](this.emulator, entry);
        return this.settle();
      }
      default: return undefined;
    }
  }

  private async ask(entry: Request): Promise<void> {
    await this.goTo(entry.ts);
    await this.catchUp(entry);
    const port = portOf(entry, this.emulator);
    const connection = openRaw(port);
    this.open.set(entry.conn, { connection, events: [] });
    connection.onChange = () => this.take(entry.conn);
    connection.send(this.bytesOf(entry));
    await until(() => connection.answers.length > 0 || connection.ended !== undefined);
    const answer = connection.answers[0];
    if (answer && !answer.headers['Transfer-Encoding'] && entry.method !== 'HEAD') await until(() => answer.whole || connection.ended !== undefined);
    await this.settle();
  }

  /** As it was sent, with what is called otherwise here. */
  private bytesOf({ method, path, headers, body, body_text }: Request): string {
    const text = body === undefined ? (body_text ?? '') : JSON.stringify(body);
    const renamed = this.rename(text);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${name.toLowerCase() === 'content-length' ? Buffer.byteLength(renamed) : this.rename(String(value))}`);
    return `${method} ${this.rename(path)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${renamed}`;
  }

  private rename(text: string): string {
    if (this.names.has(text)) return this.names.get(text)!;
    return text.replaceAll(/"([^"\\]+)"/g, (quoted, there: string) => (this.names.has(there) ? `"${this.names.get(there)!}"` : quoted))
      .replaceAll(/frameworkId=(\S+)/g, (_, id: string) => `frameworkId=${this.names.get(id) ?? id}`);
  }

  private take(conn: number): void {
    const one = this.open.get(conn);
    const answer = one?.connection.answers[0];
    if (!one || !answer || answer.headers['Transfer-Encoding'] !== 'chunked') return;
    const recorded = ofKind(this.trace.entries, 'response_head').find((head) => head.conn === conn);
    if (recorded?.headers['Mesos-Stream-Id']) this.names.set(recorded.headers['Mesos-Stream-Id'], answer.headers['Mesos-Stream-Id']!);
    for (const chunk of answer.chunks.slice(one.events.length)) {
      const event = JSON.parse(chunk.slice(chunk.indexOf('\n') + 1));
      one.events.push({ at: this.clock.now() - this.base, event, chunk });
      this.heardCount += 1;
      this.learn(conn, one.events);
    }
  }

  /** What is called otherwise here, by the place in which it was heard. */
  private learn(conn: number, events: Heard['events']): void {
    const there = ofKind(this.trace.entries, 'event').filter((entry) => entry.conn === conn).map(({ event }) => event);
    const last = events.at(-1)!.event;
    const twin = <T>(of: (event: any) => T | undefined): T | undefined => {
      const index = events.filter(({ event }) => of(event) !== undefined).length - 1;
      return there.map(of).filter((one) => one !== undefined)[index];
    };
    if (last.type === 'SUBSCRIBED' && last.subscribed.framework_id) {
      const recorded = twin((event) => event.subscribed);
      this.name(recorded?.framework_id?.value, last.subscribed.framework_id.value);
    }
    if (last.type === 'OFFERS' && !hasGaps(this.trace, conn)) {
      for (const offer of last.offers.offers) {
        const same = (one: any) => one.agent_id.value === (this.back(offer.agent_id.value) ?? offer.agent_id.value) && one.allocation_info?.role === offer.allocation_info?.role && one.resources.length === offer.resources.length;
        const recorded = twin((event) => event.offers)?.offers.find(same);
        this.name(recorded?.id.value, offer.id.value);
      }
    }
    const status = last.update?.status;
    if (status?.uuid) {
      const recorded = twin((event) => (event.update?.status.task_id.value === status.task_id.value && event.update.status.uuid ? event.update.status : undefined));
      this.name(recorded?.uuid, status.uuid);
    }
  }

  private name(there: string | undefined, here: string): void {
    if (there !== undefined && there !== here) this.names.set(there, here);
  }

  private back(here: string): string | undefined {
    return [...this.names].find(([, name]) => name === here)?.[0];
  }

  /** The agent that registered anew is called otherwise there. */
  rememberAgent(there: string, here: string): void {
    this.name(there, here);
  }

  async goTo(ms: number): Promise<void> {
    for (let next = this.clock.nextAt(); next !== undefined && next <= this.base + ms; next = this.clock.nextAt()) {
      this.clock.step();
      await this.settle();
    }
    this.clock.goTo(this.base + ms);
  }

  /** Lets time pass until all was heard that the recorded caller had heard by then. */
  private async catchUp(entry: Entry): Promise<void> {
    const before = this.trace.entries.slice(0, this.trace.entries.indexOf(entry));
    const until = this.clock.now() + LATE_MS;
    while (this.isBehind(before) || this.lacksOffers(entry) || this.lacksUpdate(entry)) {
      const next = this.clock.nextAt();
      if (next === undefined || next > until) return;
      this.clock.step();
      await this.settle();
    }
  }

  private isBehind(before: readonly Entry[]): boolean {
    const count = (events: readonly { event: any }[]) => {
      const all = events.filter(({ event }) => !['HEARTBEAT', 'OFFERS', '__UNPARSED'].includes(event.type));
      // What was said twice need not be heard twice.
      const uuids = all.flatMap(({ event }) => event.update?.status.uuid ?? []);
      return all.length - uuids.length + new Set(uuids).size;
    };
    return [...this.open].some(([conn, { events }]) => count(events) < count(ofKind(before.filter((one) => one.conn === conn), 'event')));
  }

  /** What it acknowledges was not heard yet. */
  private lacksUpdate(entry: Entry): boolean {
    const uuid: string | undefined = entry.dir === 'request' ? entry.body?.acknowledge?.uuid : undefined;
    return uuid !== undefined && !this.names.has(uuid) && ofKind(this.trace.entries, 'event').some(({ event }) => event.update?.status.uuid === uuid);
  }

  /** What it accepts or declines was not offered yet. */
  private lacksOffers(entry: Entry): boolean {
    if (entry.dir === 'request' && hasGaps(this.trace, this.streamOf(entry))) return !this.nameOffers(entry);
    const call = entry.dir === 'request' ? (entry.body?.accept ?? entry.body?.decline) : undefined;
    const offered = new Set([...this.heard().values()].flatMap(({ events }) => events.flatMap(({ event }) => (event.offers?.offers ?? []).map((offer: any) => offer.id.value))));
    const were = new Set(ofKind(this.trace.entries, 'event').flatMap(({ event }) => (event.offers?.offers ?? []).map((offer: any) => offer.id.value)));
    return (call?.offer_ids ?? []).some(({ value }: any) => were.has(value) && !offered.has(this.names.get(value) ?? value));
  }

  private streamOf({ headers }: Request): number {
    const id = String(headers['Mesos-Stream-Id'] ?? '');
    return ofKind(this.trace.entries, 'response_head').find((head) => head.headers['Mesos-Stream-Id'] === id)?.conn ?? -1;
  }

  /** Where the recording lacks offers, those that are used are the biggest that there are of that agent, the newest of equals. False while there are none. */
  private nameOffers({ body }: Request): boolean {
    const ids: string[] = (body?.accept ?? body?.decline)?.offer_ids?.map(({ value }: any) => value) ?? [];
    const there = [...(this.emulator.leader()?.offers.values() ?? [])].filter((offer) => offer.framework === body?.framework_id?.value).reverse().sort((a, b) => amountOf(b.resources, 'cpus') - amountOf(a.resources, 'cpus'));
    const recorded = ofKind(this.trace.entries, 'event').flatMap(({ event }) => (event.offers?.offers ?? []) as any[]);
    for (const id of ids) {
      const agent = recorded.find((offer) => offer.id.value === id)?.agent_id.value ?? body?.accept?.operations?.[0]?.launch?.task_infos?.[0]?.agent_id.value;
      if (this.names.has(id)) continue;
      const offer = there.find((one) => ![...this.names.values()].includes(one.id) && (agent === undefined || one.agent === agent));
      if (!offer) return false;
      this.names.set(id, offer.id);
    }
    return true;
  }

  private async close(conn: number, entry: Entry): Promise<void> {
    await this.goTo(entry.ts);
    await this.catchUp(entry);
    const one = this.open.get(conn);
    if (!one) return;
    const stream = one.connection.answers[0]?.headers['Mesos-Stream-Id'];
    one.connection.destroy();
    this.done.set(conn, { events: one.events, ended: 'us', ...(one.connection.answers[0] ? { answer: one.connection.answers[0] } : {}) });
    this.open.delete(conn);
    if (stream !== undefined) await until(() => ![...(this.emulator.leader()?.frameworks.values() ?? [])].some((framework) => isConnected(framework) && framework.streamId === stream));
  }

  /** All that was told is heard. */
  async settle(): Promise<void> {
    await until(() => this.heardCount + this.lost >= TOLD.events - this.told, 3_000);
    this.lost = Math.max(this.lost, TOLD.events - this.told - this.heardCount);
  }
}

function portOf({ headers }: Request, emulator: Emulator): number {
  const port = Number(PAGE_PORT.exec(String(headers['Host'] ?? ''))?.[1] ?? 5050);
  if (port === 5051 && emulator.ports.length === 1) return emulator.agentPorts[0]!;
  // Three masters were at 5150, 5151 and 5152, the last of them led, then the one in the middle.
  const index = { 5150: 2, 5151: 1, 5152: 0 }[port];
  return emulator.ports[index ?? 0]!;
}

/** Some of what was said on this connection is not in the recording. */
export function hasGaps({ entries }: Trace, conn: number): boolean {
  return ofKind(entries, 'event').filter((entry) => entry.conn === conn).some(({ n }, i) => n !== i + 1);
}

async function until(is: () => boolean, limitMs = 20_000): Promise<void> {
  const late = Date.now() + limitMs;
  while (!is() && Date.now() < late) await new Promise((done) => setImmediate(done));
}
