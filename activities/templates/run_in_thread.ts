import { Worker } from 'node:worker_threads';
import { enginePath, templateEngine } from './engine';
import { THREAD_CODE } from './thread_code';

export interface TemplateLimits {
  /** Time that rendering may take once its thread has started. */
  timeMs: number;
  /** Size of the text that may come out. */
  outputBytes: number;
  /** Steps the engine may take: a measure that is the same on every machine. */
  fuel: number;
}

export const TEMPLATE_LIMITS: TemplateLimits = { timeMs: 2_000, outputBytes: 1_048_576, fuel: 5_000_000 };

const START_MS = 20_000;
/** Reading at most a megabyte of text takes a second; the limit is for a machine that is busy. */
const PARSE_MS = 20_000;
const HEAP_MIB = 256;
const THREADS = 2;

export interface TemplateJob {
  kind: 'check' | 'render';
  template: string;
  variables: Record<string, unknown>;
  /** Read the text that comes out (or, of a check, the template itself) as data. */
  parse: boolean;
  /** As JSON, which may be indented with tabs. */
  json: boolean;
}

export interface Parsed {
  json: string;
  /** 1-based line of each path, its keys joined by a zero byte. */
  lines: Map<string, number>;
  /** Keys that a map has twice. */
  twice: { path: (string | number)[]; line: number; first: number }[];
}

/** How a job ended: well, or why not. */
export type Outcome =
  | { step: 'parsed'; text: string; parsed?: Parsed }
  | { step: 'failed'; text: string; why: Failure };

export type Failure =
  | { why: 'engine'; text: string; line?: number; at?: string }
  | { why: 'syntax'; text: string; line: number }
  | { why: 'output'; bytes: number }
  | { why: 'time' | 'memory' | 'depth' | 'aliases' };

type Said = { step: 'ready' } | { step: 'rendered'; text: string } | ({ step: 'parsed' } & Partial<Parsed>) | ({ step: 'failed' } & Failure);

/**
 * Does one job on a template in a thread of its own, which ends with it: a fresh engine each time (25 ms), so that
 * nothing of one template is left for the next. Only a few threads run at once; the others wait their turn.
 * @throws Error when the thread itself cannot be started; what a template does wrong is an {@link Outcome}.
 */
export async function runInThread(job: TemplateJob, limits: TemplateLimits): Promise<Outcome> {
  const engine = await templateEngine();
  await turn();
  try {
    const worker = new Worker(THREAD_CODE, {
      eval: true, env: {}, execArgv: [], stdout: true, stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
      workerData: { engine, enginePath: enginePath(), yamlPath: require.resolve('yaml'), job: { ...job, outputBytes: limits.outputBytes, fuel: limits.fuel } },
    });
    return await outcomeOf(worker, limits).finally(() => worker.terminate());
  } finally {
    nextTurn();
  }
}

function outcomeOf(worker: Worker, limits: TemplateLimits): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let text = '';
    let timer = setTimeout(() => reject(new Error(`the template thread did not start in ${START_MS} ms`)), START_MS);
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const endAfter = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => end({ step: 'failed', text, why: { why: 'time' } }), ms);
    };
    worker.on('message', (said: Said) => {
      if (said.step === 'ready') endAfter(limits.timeMs);
      else if (said.step === 'rendered') {
        text = said.text;
        endAfter(PARSE_MS);
      } else if (said.step === 'failed') end({ step: 'failed', text, why: said });
      else end({ step: 'parsed', text, ...(said.json === undefined ? {} : { parsed: said as Parsed }) });
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') end({ step: 'failed', text, why: { why: 'memory' } });
      else reject(error);
    });
    worker.on('exit', () => {
      clearTimeout(timer);
      reject(new Error('the template thread ended without an answer'));
    });
  });
}

let free = THREADS;
const waiting: (() => void)[] = [];

const turn = (): Promise<void> | undefined => (free-- > 0 ? undefined : new Promise((resolve) => waiting.push(resolve)));

function nextTurn(): void {
  free++;
  waiting.shift()?.();
}
