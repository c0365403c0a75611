import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { compareMembers, createdAt, isListed, leave, memberName, noMembers, takeIn, viewAgentMember, viewMember, type Joining, type MemberBeat, type MemberKind } from '../../model/members';

const joining = (id: string, more: Partial<Joining> = {}): Joining => ({
  id, kind: 'api', hostname: 'controller-1', pid: 23161, startedAt: '2019-02-10T11:07:15.123Z', version: '0.1.0', queue: null, leaseMs: 30_000, ...more,
});

describe('who joins', () => {
  it('has the lowest number that is free among its kind on its host', () => {
    const state = noMembers();
    const numbers = [joining('a'), joining('b'), joining('c', { kind: 'control' }), joining('d', { hostname: 'controller-2' })].map((one) => takeIn(state, one).number);
    expect(numbers).toEqual([0, 1, 0, 0]);
    leave(state, 'a');
    expect(takeIn(state, joining('e')).number).toBe(0);
  });

  it('is there once, however often it joins, and keeps its number when it comes back', () => {
    const state = noMembers();
    takeIn(state, joining('a'));
    expect(takeIn(state, joining('b'))).toEqual(takeIn(state, joining('b')));
    expect(state.members).toHaveLength(2);
    leave(state, 'a');
    leave(state, 'b');
    expect(takeIn(state, joining('b', { number: 1 })).number).toBe(1);
    expect(takeIn(state, joining('c', { number: 1 })).number).toBe(0);
  });

  it('never has the name of another on the same host, whatever comes and goes', () => {
    const step = record({ id: integer({ min: 0, max: 6 }).map(String), goes: constantFrom(true, false), kind: constantFrom<MemberKind>('api', 'control'), hostname: constantFrom('h1', 'h2'), number: integer({ min: 0, max: 3 }) });
    assert(property(array(step, { maxLength: 60 }), (steps) => {
      const state = noMembers();
      for (const { id, goes, kind, hostname, number } of steps) {
        if (goes) leave(state, id);
        else takeIn(state, joining(id, { kind, hostname, number }));
        const names = state.members.map((one) => `${memberName(one)} ${one.hostname}`);
        expect(new Set(names).size).toBe(names.length);
      }
    }), { numRuns: 1_000 });
  });
});

describe('how a member is shown', () => {
  const beat: MemberBeat = { ...joining('a'), number: 0, load: { cpu: 1.5, memMiB: 80 } };
  const heard = Date.parse('2019-02-10T12:00:00Z');

  it('V-3: since when, in UTC without fractions', () => {
    expect(createdAt('2019-02-10T11:07:15.987Z')).toBe('2019-02-10T11:07:15+00:00');
    expect(createdAt('2019-02-10T13:07:15+02:00')).toBe('2019-02-10T11:07:15+00:00');
  });

  it('is lost when two of three beats are overdue, and listed for as long as it has its lease', () => {
    const at = (seconds: number) => viewMember(beat, new Date(heard).toISOString(), heard + seconds * 1000);
    expect(at(19)).toMatchObject({ name: 'ApiWorker worker(0)', process: 23161, hostname: 'controller-1', status: 'running', load: { cpu: 1.5, memMiB: 80 } });
    expect(at(21)).toMatchObject({ status: 'lost' });
    expect(isListed(at(21))).toBe(true);
  });

  it('an agent is one while its process is known to work', () => {
    const detail = { pid: 99, hostname: 'h1', since: '2026-01-01T00:00:00.500Z', version: '0.1.0' };
    const agent = { id: 'agent/3', conditions: [], detail };
    expect(viewAgentMember(agent)).toMatchObject({ name: 'AgentWorker worker(3)', process: 99, hostname: 'h1', created: '2026-01-01T00:00:00+00:00', queue: 'agent-3', status: 'running' });
    expect(viewAgentMember({ ...agent, detail: {} })).toBeUndefined();
    expect(isListed(viewAgentMember({ ...agent, conditions: [{ type: 'Unreachable', reason: 'silent' }] })!)).toBe(false);
  });

  it('VT8: by name, code point by code point; those of one name by host and process', () => {
    const place = (name: string, hostname = 'h', process = 1) => ({ name, hostname, process });
    const list = [place('vitrageuWSGI worker 1'), place('VitrageNotifierService worker(0)'), place('ApiWorker worker(0)', 'b'), place('ApiWorker worker(0)', 'a', 12), place('ApiWorker worker(0)', 'a', 5)];
    expect(list.sort(compareMembers)).toEqual([place('ApiWorker worker(0)', 'a', 5), place('ApiWorker worker(0)', 'a', 12), place('ApiWorker worker(0)', 'b'), place('VitrageNotifierService worker(0)'), place('vitrageuWSGI worker 1')]);
  });
});
