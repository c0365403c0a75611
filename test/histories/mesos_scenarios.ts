import { startEmulator } from '../../tools/mesos_emulator/emulator';
import type { TestGrid } from '../support/grid';
import { ask, destroyed, launch, machinesOf, until, verb } from '../support/http';
import { untilPath } from '../support/services';

/**
 * A compute on Mesos with what may happen to its framework: a task that dies, a stream that breaks off, a framework that is removed with
 * and without tasks of ours, and its end. Answers the names of what it is about.
 */
export async function playMesos(grid: TestGrid): Promise<Map<string, string>> {
  const hosts = [1, 2].map((i) => ({ hostname: `host${i}`, ip: `127.79.0.${i}`, resources: 'cpus:4;mem:4096;ports:[31000-32000]' }));
  const mesos = await startEmulator({ hosts, allocationMs: 250 });
  const framework = (when: (d: any) => boolean) => untilPath(grid, '/api/v1/lifecycles/framework/dc1', when);
  try {
    await ask(grid, 'PUT', '/api/v1/computes/dc1', { connector: `mesos://127.0.0.1:${mesos.ports[0]}` });
    await framework((d) => d.state === 'subscribed');
    mesos.forgetFrameworks();
    await framework((d) => d.state === 'subscribed' && d.number === 2);
    const first = await launch(grid, 'reference/1.0.0?compute=dc1', { size: 2 });
    await until(grid, first, (d) => d.state === 'ready' && d.operation === null);
    const second = await launch(grid, 'reference/1.0.0?compute=dc1', { size: 2 });
    await until(grid, second, (d) => /offers? seen/.test(d.steps[0]?.waitingFor ?? ''));
    const [machine] = await machinesOf(grid, first);
    mesos.agents.flatMap((agent) => agent.executions()).find(({ task }) => task.task_id.value === machine!.ref['taskId'])!.running!.signal('SIGKILL');
    await until(grid, first, (d) => d.conditions.some(({ type }) => type === 'Degraded'));
    await verb(grid, first, 'repair');
    await until(grid, first, (d) => d.operation === null && d.conditions.length === 0);
    mesos.dropStreams();
    await destroyed(grid, first);
    await until(grid, second, (d) => d.state === 'ready' && d.operation === null);
    mesos.forgetFrameworks();
    await framework((d) => d.conditions.some(({ type }: any) => type === 'Blocked'));
    await verb(grid, 'framework/dc1', 'retry');
    await until(grid, second, (d) => d.conditions.some(({ type }) => type === 'Degraded'));
    await destroyed(grid, second);
    await ask(grid, 'DELETE', '/api/v1/computes/dc1');
    await framework((d) => d.state === 'removed');
    console.log('played mesos');
    return new Map([['compute/dc1', 'on_mesos'], [first, 'on_mesos'], [second, 'waits_for_offers']]);
  } finally {
    await mesos.close();
  }
}
