import { ProblemError } from '../../problem_error';
import { opens } from '../../opens';
import type { Driver } from '../driver';
import { line, readLines, SILENCE_MS, type Answer, type Request, type Verb, type Verbs } from './protocol';
import type { TemporalPort } from './temporal_port';

/** What works on the host. */
export interface HostSide {
  driver: Driver;
  temporalPort: TemporalPort;
}

type Call = Extract<Request, { verb: unknown }>;

interface Running {
  controller: AbortController;
  /** Deaths that were said and not yet acknowledged, by number. */
  told: Map<number, (told: boolean) => void>;
  ended: Promise<void>;
}

/**
 * Does what is asked for on `input` until that ends or is silent for too long; then calls off what is still going on
 * and resolves. Machines live on.
 */
export async function serve(host: HostSide, input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<void> {
  const running = new Map<number, Running>();
  const say = (answer: Answer) => { output.write(line(answer)); };
  const begin = (call: Call) => {
    const one: Running = { controller: new AbortController(), told: new Map(), ended: Promise.resolve() };
    running.set(call.call, one);
    one.ended = answerTo(host, call, one, say).then((answer) => {
      running.delete(call.call);
      say(answer);
    });
  };
  await new Promise<void>((over) => {
    const silence = setTimeout(over, SILENCE_MS);
    for (const stream of [input, output]) stream.on('close', over).on('error', over);
    input.on('end', over);
    readLines(input, (text) => {
      silence.refresh();
      const asked = JSON.parse(text) as Request;
      if ('ping' in asked) say({ pong: true });
      else if ('verb' in asked) begin(asked);
      else if ('abort' in asked) callOff(running.get(asked.call));
      else running.get(asked.call)?.told.get(asked.death)?.(asked.told);
    });
  });
  running.forEach(callOff);
  await Promise.all([...running.values()].map(({ ended }) => ended));
}

function callOff(running?: Running): void {
  running?.controller.abort(new Error('called off'));
  running?.told.forEach((answer) => answer(false));
}

async function answerTo(host: HostSide, call: Call, running: Running, say: (answer: Answer) => void): Promise<Answer> {
  try {
    return { call: call.call, value: await act(host, call, running, say) };
  } catch (error) {
    if (error instanceof ProblemError) return { call: call.call, problem: error.problem };
    return { call: call.call, error: error instanceof Error ? error.message : String(error) };
  }
}

type Act<V extends Verb> = (host: HostSide, args: Verbs[V], signal: AbortSignal) => Promise<unknown>;

const ACTS: { [V in Exclude<Verb, 'watch'>]: Act<V> } = {
  capacity: ({ driver }) => driver.capacity(),
  vitals: async ({ driver }) => driver.vitals?.(),
  start: ({ driver }, [spec], signal) => driver.start(spec, signal),
  find: ({ driver }, [id]) => driver.find(id),
  stop: ({ driver }, [id, options], signal) => driver.stop(id, options, signal),
  wipe: ({ driver }, [disks]) => driver.wipe(disks),
  list: ({ driver }, [owner]) => driver.list(owner),
  exec: ({ driver }, [id, request], signal) => driver.exec(id, request, signal),
  logs: ({ driver }, [id, request], signal) => driver.logs(id, request, signal),
  opens: (_host, [address, port, timeoutMs]) => opens(address, port, timeoutMs),
  temporalPort: ({ temporalPort }, [candidates], signal) => (candidates ? temporalPort.choose(candidates) : temporalPort.recorded(signal)),
};

function act(host: HostSide, { call, verb, args }: Call, { controller, told }: Running, say: (answer: Answer) => void): Promise<unknown> {
  if (verb !== 'watch') return (ACTS[verb] as Act<Verb>)(host, args as never, controller.signal);
  let deaths = 0;
  return host.driver.watch(async (of) => {
    const death = ++deaths;
    const heard = new Promise<boolean>((resolve) => told.set(death, resolve));
    say({ call, death, of });
    const wasTold = await heard;
    told.delete(death);
    if (!wasTold) throw new Error('its owner was not told');
  }, controller.signal);
}
