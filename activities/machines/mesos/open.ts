import type { Client } from '@temporalio/client';
import type { Capacity, ExecRequest, HostVitals, LogRequest, Machine, MachineSpec, StopOptions } from '../../../model/machine';
import { mayRun, machineOf, taskId, type Task } from '../../../model/mesos/tasks';
import { ProblemError, throwProblem } from '../../problem_error';
import { within } from '../../within';
import { checkCommand, checkId } from '../check_machine';
import { noMachine } from '../process/no_machine';
import { capacityOf } from './capacity';
import { openLeader } from './client/leader';
import { getFromMaster } from './client/operator';
import { readMesosConnector } from './connector';
import { openFramework } from './framework';

/** They are launched together, however many. */
const AT_ONCE = 1_000;

/**
 * Machines as tasks of Mesos. What they are and what becomes of them stands in the workflow of the compute's framework, which
 * tells their deaths by itself; here it is asked, and the agents are for what happens in a task.
 * @throws ProblemError 400 for a wrong connector
 */
export function openMesosDriver(options: { name: string; connector: string; grid: string; client?: Client }) {
  const { name, connector, grid } = options;
  const cluster = readMesosConnector(name, connector);
  const framework = () => openFramework(options.client ?? throwProblem(400, 'needs_grid', `compute ${name}: tasks of Mesos are had by a whole grid only`, 'Define the compute in a grid: grid compute add.', { field: 'connector' }), name, cluster.waitMs);
  const taskOf = async (id: string): Promise<Task | undefined> => {
    checkId(id);
    return (await framework().tasks()).find(({ spec }) => spec.id === id);
  };
  const placed = async (id: string) => {
    const task = (await taskOf(id)) ?? noMachine(id);
    return { task, at: task.at ?? noMachine(id) };
  };
  return {
    atOnce: AT_ONCE,
    capacity: (): Promise<Capacity> => capacityOf(openLeader(cluster.masters)),
    /** That a master leads, and lets us in: the clocks and disks of agents are not ours to know. */
    async vitals(): Promise<HostVitals> {
      await getFromMaster(openLeader(cluster.masters), 'GET_HEALTH', new AbortController().signal);
      return {};
    },
    async start(spec: MachineSpec, signal: AbortSignal): Promise<Machine> {
      checkId(spec.id);
      checkCommand(spec);
      const answer = await called(framework().launch(spec), signal);
      if ('problem' in answer) throw new ProblemError(answer.problem);
      return answer.machine;
    },
    async find(id: string) {
      const task = await taskOf(id);
      return task && machineOf(name, task);
    },
    async stop(id: string, { graceMs }: StopOptions, signal: AbortSignal) {
      checkId(id);
      const problem = await called(framework().stop({ id, graceMs }), signal);
      if (problem) throw new ProblemError(problem, true);
    },
    /** Their directories are in the sandboxes of tasks, which agents clear away by themselves. */
    wipe: async () => {},
    async list(owner?: string): Promise<Machine[]> {
      const tasks = options.client ? await framework().tasks() : [];
      return tasks.filter(({ spec }) => owner === undefined || spec.owner === owner).map((task) => machineOf(name, task)).sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async exec(id: string, request: ExecRequest, signal: AbortSignal) {
      const { task, at } = await placed(id);
      if (!mayRun(task)) throwProblem(409, 'machine_dead', `machine ${id} is dead: nothing can be run in it`, 'See its logs; repair the cluster it belongs to.', { evidence: task.lastOutput ?? '' });
      const { exec } = await import('./agent/exec');
      return exec(at, taskId(task), { spec: task.spec, grid, isImage: cluster.containerizer !== 'none' && task.spec.image !== undefined }, request, signal);
    },
    async logs(id: string, request: LogRequest, signal: AbortSignal) {
      const { task, at } = await placed(id);
      const { logs } = await import('./agent/sandbox');
      return logs(at, taskId(task), request, !mayRun(task), signal);
    },
    /** The framework is there as long as this is, and tells all that is to be told. */
    async watch(_onDeath: unknown, signal: AbortSignal) {
      let isWanted = true;
      while (isWanted && !signal.aborted) await within(framework().keep({ compute: name, connector, grid, partition: cluster.partition }).then((again) => { isWanted = again; }), Infinity, signal);
      // That its compute is gone is said here a moment later.
      await within(new Promise(() => {}), Infinity, signal);
    },
  };
}

async function called<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  await within(answer, Infinity, signal);
  signal.throwIfAborted();
  return answer;
}
