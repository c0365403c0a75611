import { add, amountOf, contains, inOrder, isOfferable, shown, subtract, usableBy, type Bag } from './resources';
import { can, isConnected, tasksOn, tell, type Agent, type Framework, type Master, type Offer } from './state';

/** Who is offered what: each agent's free resources go to the role, and in it to the framework, that has the least. */

const DEFAULT_REFUSAL_MS = 5_000;
const LONGEST_REFUSAL_MS = 365 * 86_400_000;

export function keepAllocating(master: Master, firstMs = master.options.allocationMs): void {
  const { clock, allocationMs } = master.options;
  let stopped = () => {};
  const next = (ms: number) => {
    stopped = clock.after(ms, () => {
      next(allocationMs);
      allocate(master);
    });
  };
  next(firstMs);
  master.stopAllocating = () => stopped();
}

/** @param only to these frameworks, when something happened to them */
export function allocate(master: Master, only?: readonly Framework[]): void {
  if (master.down) return;
  const given = new Map<Framework, Offer[]>();
  for (const agent of master.agents.values()) {
    if (agent.state !== 'active' || agent.deactivated) continue;
    let free = freeOn(master, agent);
    for (const role of inOrderOfShare(master)) {
      for (const framework of frameworksOf(master, role, only)) {
        const resources = usableBy(free, role);
        if (!isOfferable(resources) || isFiltered(framework, role, agent.id, resources, master.options.clock.now())) continue;
        const offer = makeOffer(master, framework, agent, role, resources);
        given.set(framework, [...(given.get(framework) ?? []), offer]);
        free = subtract(free, resources);
      }
    }
  }
  for (const [framework, offers] of given) tell(framework, { type: 'OFFERS', offers: { offers: offers.map((offer) => viewOffer(master, offer)) } });
}

/** What nobody uses and nobody is offered. */
function freeOn(master: Master, agent: Agent): Bag {
  const used = [
    ...tasksOn(master, agent.id).map(({ resources }) => resources),
    ...[...agent.executors.values()].map(({ resources }) => resources),
    ...[...master.offers.values()].filter((offer) => offer.agent === agent.id).map(({ resources }) => resources),
  ];
  return used.reduce<Bag>((left, taken) => subtract(left, taken), agent.port.facts.resources);
}

function inOrderOfShare(master: Master): string[] {
  const roles = [...new Set([...master.frameworks.values()].filter(isConnected).flatMap(({ roles: all }) => all))].sort();
  const share = new Map(roles.map((role) => [role, shareOf(master, heldBy(master, (one) => one.role === role))]));
  return roles.sort((a, b) => share.get(a)! - share.get(b)!);
}

function frameworksOf(master: Master, role: string, only?: readonly Framework[]): Framework[] {
  const all = [...master.frameworks.values()].filter((one) => isConnected(one) && one.roles.includes(role) && !one.suppressed.has(role) && (!only || only.includes(one)));
  const share = new Map(all.map((one) => [one, shareOf(master, heldBy(master, ({ framework, role: of }) => framework === one.id && of === role))]));
  return all.sort((a, b) => share.get(a)! - share.get(b)! || a.offered - b.offered);
}

function heldBy(master: Master, is: (one: { framework: string; role: string }) => boolean): Bag {
  const tasks = [...master.frameworks.values()].flatMap((framework) => [...framework.tasks.values()]).filter(is);
  const offers = [...master.offers.values()].filter(is);
  return [...tasks, ...offers].reduce<Bag>((sum, { resources }) => add(sum, resources), []);
}

/** The greatest part of any one resource that is held. */
function shareOf(master: Master, held: Bag): number {
  const total = [...master.agents.values()].reduce<Bag>((sum, { port }) => add(sum, port.facts.resources), []);
  const names = [...new Set(held.map(({ name }) => name))];
  return Math.max(0, ...names.map((name) => amountOf(held, name) / Math.max(amountOf(total, name), 1e-9)).filter((share) => share > 0));
}

const isFiltered = ({ filters }: Framework, role: string, agent: string, resources: Bag, now: number): boolean =>
  filters.some((filter) => filter.role === role && filter.agent === agent && filter.until > now && contains(filter.resources, resources));

function makeOffer(master: Master, framework: Framework, agent: Agent, role: string, resources: Bag): Offer {
  const { id, clock, offerTimeoutMs } = master.options;
  const offer: Offer = { id: `${id}-O${master.nextOffer++}`, framework: framework.id, agent: agent.id, role, resources: inOrder(resources), stopTimeout: () => {} };
  if (offerTimeoutMs !== undefined) offer.stopTimeout = clock.after(offerTimeoutMs, () => rescind(master, offer));
  master.offers.set(offer.id, offer);
  framework.offered += 1;
  return offer;
}

/** As its framework is told of it; operators are always told in the newer form. */
export function viewOffer(master: Master, offer: Offer, refined?: boolean): object {
  const framework = master.frameworks.get(offer.framework)!;
  const agent = master.agents.get(offer.agent)!;
  const { hostname, ip, port, attributes } = agent.port.facts;
  const role = can(framework, 'MULTI_ROLE') ? offer.role : undefined;
  const executors = [...agent.executors.values()].filter((one) => one.framework === framework.id);
  return {
    id: { value: offer.id }, framework_id: { value: framework.id }, agent_id: { value: agent.id }, hostname,
    url: { scheme: 'http', address: { hostname, ip, port }, path: '/slave(1)' },
    resources: shown(offer.resources, role, { refined: refined ?? can(framework, 'RESERVATION_REFINEMENT') }),
    ...(attributes.length > 0 ? { attributes } : {}),
    ...(executors.length > 0 ? { executor_ids: executors.map(({ id }) => ({ value: id })) } : {}),
    ...(role === undefined ? {} : { allocation_info: { role } }),
  };
}

/** Takes an offer away without a word. */
export function dropOffer(master: Master, offer: Offer): void {
  offer.stopTimeout();
  master.offers.delete(offer.id);
}

export function rescind(master: Master, offer: Offer): void {
  dropOffer(master, offer);
  const framework = master.frameworks.get(offer.framework);
  if (framework) tell(framework, { type: 'RESCIND', rescind: { offer_id: { value: offer.id } } });
}

export function rescindAll(master: Master, agent: string): void {
  for (const offer of [...master.offers.values()]) if (offer.agent === agent) rescind(master, offer);
}

/** Does not offer this, or less of it, for a while: five seconds, where nothing else is said. */
export function refuse(master: Master, framework: Framework, { role, agent }: Offer, resources: Bag, refuseSeconds: number | undefined): void {
  const { clock } = master.options;
  const wanted = refuseSeconds === undefined || refuseSeconds < 0 ? DEFAULT_REFUSAL_MS : refuseSeconds * 1_000;
  framework.filters = framework.filters.filter(({ until }) => until > clock.now());
  if (wanted > 0) framework.filters.push({ role, agent, resources, until: clock.now() + Math.min(wanted, LONGEST_REFUSAL_MS) });
}

export function decline(master: Master, framework: Framework, offerIds: readonly string[], refuseSeconds: number | undefined): void {
  for (const id of offerIds) {
    const offer = master.offers.get(id);
    if (offer?.framework !== framework.id) continue;
    dropOffer(master, offer);
    refuse(master, framework, offer, offer.resources, refuseSeconds);
  }
}

/** Roles that are not its own mean nothing. */
const ownRoles = ({ roles }: Framework, named: readonly string[]): string[] => (named.length === 0 ? roles : roles.filter((role) => named.includes(role)));

export function revive(master: Master, framework: Framework, named: readonly string[]): void {
  const roles = ownRoles(framework, named);
  for (const role of roles) framework.suppressed.delete(role);
  framework.filters = framework.filters.filter(({ role }) => !roles.includes(role));
  allocate(master, [framework]);
}

export function suppress(framework: Framework, named: readonly string[]): void {
  for (const role of ownRoles(framework, named)) framework.suppressed.add(role);
}
