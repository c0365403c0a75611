import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { quote } from '../../model/hrd/escape';
import { isSecretName } from '../../model/options';
import type { RunBody } from '../endpoints';
import { EXIT, Failure, type FailureDetail, type Told } from '../exit';
import type { Io } from '../io';
import { clean } from '../render/text';

/** Something the grid has to be told before it installs (A-7). */
export type Question = Told & { field: string };

/** What is not answered yet, of an answer of the grid that says so; the same question under two services is two. */
export const questionsIn = ({ problems, ...detail }: FailureDetail): Question[] =>
  (problems ?? [detail]).filter((one): one is Question => one.code === 'missing_value' && one.field !== undefined);

const REFUSED = ['invalid_hrd_value', 'secret_in_model'];

/** Values that the grid did not like, as questions again. */
export const refusedIn = ({ problems, ...detail }: FailureDetail, answered: readonly Question[]): Question[] =>
  (problems ?? [detail]).flatMap((one) => {
    const asked = answered.find(({ field }) => field === one.field);
    return REFUSED.includes(one.code ?? '') && asked ? [{ ...asked, message: one.message }] : [];
  });

/** Under which `--data` takes it. */
const keyOf = ({ field }: Question): string => field.slice(field.indexOf('.') + 1);

/** The request with an answer: to a service that says who it is as in a seed file, else as one of the values given. */
export function withAnswer(body: RunBody, question: Question, answer: string): RunBody {
  const path = question.question?.path;
  if (path === undefined) return { ...body, data: { ...body.data, [keyOf(question)]: answer } };
  const service = path.slice(path.lastIndexOf('/') + 1).replaceAll('__', '.');
  const key = `${service}.${keyOf(question)} =`;
  // What was answered before is not sent again: it may have been a secret.
  const others = (body.seed ?? '').split('\n').filter((line) => !line.startsWith(key)).join('\n');
  return { ...body, seed: `${others ? `${others}\n` : ''}${key} ${quote(answer)}\n` };
}

/** All that is not answered, and the line to give it with, for one who is not asked. */
export const unanswered = (detail: FailureDetail, body: RunBody): Failure =>
  new Failure({ ...detail, exit: EXIT.error, fix: `add --data '${[...new Set(questionsIn(detail).map(keyOf))].filter((key) => !(key in (body.data ?? {}))).map((key) => `${key}:…`).join(' ')}'` });

export interface Asker {
  ask(question: Question): Promise<string>;
  close(): void;
}

/** Asks on the terminal, on standard error: what is typed for a secret is not shown. Ctrl-C and Ctrl-D end the command. */
export function openAsker({ stdin, stderr, signal }: Io): Asker {
  let hidden = false;
  const output = new Writable({ write: (chunk: Buffer, _encoding, done) => (hidden || stderr.write(chunk), done()) });
  const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0, prompt: '' });
  const close = () => lines.close();
  lines.once('SIGINT', close);
  signal.addEventListener('abort', close, { once: true });
  const typed = lines[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { done, value } = (await typed.next()) as IteratorResult<string, undefined>;
    if (done) throw new Failure({ exit: EXIT.interrupted, code: 'interrupted', message: 'not answered; nothing was changed', fix: 'run it again' });
    return value;
  };
  return {
    close,
    async ask(question) {
      const { type, dropdownvals } = question.question ?? {};
      hidden = type === 'password' || isSecretName(question.field);
      stderr.write(`${clean(question.message ?? question.field)}\n${clean(`${keyOf(question)}${hintOf(type, dropdownvals)}`)}: `);
      const first = await line();
      if (hidden) stderr.write('\n');
      const answer = type === 'multiline' ? [first, ...(first === '' ? [] : await untilEmpty(line))].join('\n') : first;
      hidden = false;
      return answer;
    },
  };
}

function hintOf(type: string | undefined, choices: readonly string[] = []): string {
  if (choices.length > 0) return ` (${choices.join(', ')})`;
  if (type === 'multiline') return ' (several lines, then an empty one)';
  return type === undefined || type === 'str' || type === 'password' ? '' : ` (${type})`;
}

async function untilEmpty(line: () => Promise<string>): Promise<string[]> {
  const next = await line();
  return next === '' ? [] : [next, ...(await untilEmpty(line))];
}
