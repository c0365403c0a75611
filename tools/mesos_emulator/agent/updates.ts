import type { TaskStatus } from '../../../model/mesos/protocol';
import type { Clock } from '../clock';

/** Updates of tasks on their way: of each task one at a time, said again and again until it is acknowledged. */
export interface Updates {
  add(framework: string, task: string, status: TaskStatus): void;
  /** What is acknowledged makes room for the next; anything else changes nothing. */
  acknowledge(framework: string, task: string, uuid: string): void;
  /** Says anew what this framework, or any, has not acknowledged. */
  resend(framework?: string): void;
  forget(framework: string): void;
  /** Nothing of this task is left to be heard. */
  isDone(framework: string, task: string): boolean;
}

const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 600_000;

interface Queue {
  framework: string;
  pending: TaskStatus[];
  stop(): void;
}

/** @param send says one update, and what the task has come to since */
export function openUpdates(clock: Clock, send: (framework: string, status: TaskStatus, latest: TaskStatus) => void): Updates {
  const queues = new Map<string, Queue>();
  const key = (framework: string, task: string) => `${framework} ${task}`;
  const say = (queue: Queue, retryMs = FIRST_RETRY_MS) => {
    queue.stop();
    const [first] = queue.pending;
    if (!first) return;
    queue.stop = clock.after(retryMs, () => say(queue, Math.min(retryMs * 2, LONGEST_RETRY_MS)));
    send(queue.framework, first, queue.pending.at(-1)!);
  };
  return {
    add(framework, task, status) {
      const queue = queues.get(key(framework, task)) ?? { framework, pending: [], stop: () => {} };
      queues.set(key(framework, task), queue);
      queue.pending.push(status);
      if (queue.pending.length === 1) say(queue);
    },
    acknowledge(framework, task, uuid) {
      const queue = queues.get(key(framework, task));
      if (queue?.pending[0]?.uuid !== uuid) return;
      queue.pending.shift();
      queue.stop();
      if (queue.pending.length === 0) queues.delete(key(framework, task));
      else say(queue);
    },
    resend: (framework) => queues.forEach((queue) => { if (framework === undefined || queue.framework === framework) say(queue); }),
    forget: (framework) => queues.forEach((queue, at) => {
      if (queue.framework !== framework) return;
      queue.stop();
      queues.delete(at);
    }),
    isDone: (framework, task) => !queues.has(key(framework, task)),
  };
}
