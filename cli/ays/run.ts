import type { RunVerb } from '../../model/environment/run';
import { instanceId } from '../../model/ids';
import type { Api } from '../api';
import type { Context } from '../commands/shared';
import { orderRun, readEnvironment, readLifecycle, type RunBody } from '../endpoints';
import { EXIT, Failure, usage } from '../exit';
import { follow } from '../follow';
import { commandName, paperOf, print, printJson, type Io } from '../io';
import { goesOn } from '../launch';
import { saidBy } from '../outcome';
import { runEndText } from '../render/ays_run';
import { progressView, silentView } from '../views';
import type { Shown } from '../wire';
import { openAsker, questionsIn, refusedIn, unanswered, withAnswer, type Asker, type Question } from './questions';
import { bodyOf, selectionOf, type RunOptions } from './request';

/** Has the grid run a verb and shows it until it is over or needs a person; answers the exit code. */
export async function runVerb(context: Context, verb: RunVerb, options: RunOptions): Promise<number> {
  const body = await bodyOf(verb, options);
  const { io } = context;
  const api = context.api();
  if (options.local || options.noremote) await refuseRemote(api, body);
  if (verb === 'consume') await tellChange(api, io, body);
  return followRun(context, body, options);
}

/** The same for what is ordered already as the grid takes it. */
export async function followRun({ io, api: apiOf }: Context, body: RunBody, options: Pick<RunOptions, 'quiet' | 'json' | 'wait' | 'verbose'>): Promise<number> {
  const api = apiOf();
  const { verb } = body;
  const id = await taken(api, io, body, io.stdin.isTTY === true && !options.quiet && !options.json);
  if (!options.wait) {
    if (options.json) printJson(io, { id });
    else print(io, `${verb} is under way; \`${commandName(io.env)} watch ${id}\` shows how it goes`);
    return EXIT.ok;
  }
  const { life, outcome } = await follow(api, id, io, options.json || options.quiet ? silentView : progressView(io), 'done').catch(goesOn(id, io));
  const blocked = await Promise.all(saidBy(life, 'blocked').map(async ({ path }) => (await readLifecycle(api, instanceId(path, null))).body));
  if (options.json) printJson(io, life);
  else print(io, runEndText(life as Shown & { request: RunBody }, { outcome, blocked, ...options }, paperOf(io)));
  return outcome.exit;
}

/** Id of the run. What the grid has to be told first is asked, again where it does not like the answer. */
async function taken(api: Api, io: Io, given: RunBody, mayAsk: boolean): Promise<string> {
  let body = given;
  let asker: Asker | undefined;
  const answered: Question[] = [];
  try {
    for (;;) {
      const refused = await ordered(api, body);
      if (typeof refused === 'string') return refused;
      const open = questionsIn(refused.detail);
      if (open.some((one) => answered.some((had) => isSame(had, one)))) throw new Failure({ ...refused.detail, fix: 'A service that it depends on asks for this: install that one first.' });
      if (open.length > 0 && !mayAsk) throw unanswered(refused.detail, body);
      const questions = [...open, ...refusedIn(refused.detail, answered)];
      if (questions.length === 0) throw refused;
      asker ??= openAsker(io);
      for (const question of questions) body = withAnswer(body, question, await asker.ask(question));
      answered.push(...open);
    }
  } finally {
    asker?.close();
  }
}

/** The id of the run, or what the grid objects to. */
const ordered = (api: Api, body: RunBody): Promise<string | Failure> =>
  orderRun(api, body).catch((error: unknown) => {
    if (error instanceof Failure) return error;
    throw error;
  });

const isSame = (one: Question, other: Question): boolean => one.field === other.field && one.question?.path === other.question?.path;

/** `--local`: only what is done on the machine of the grid anyway. */
async function refuseRemote(api: Api, body: RunBody): Promise<void> {
  const node = body.consume?.find(({ category }) => category === 'node')?.producer;
  if (node !== undefined) throw usage(`it cannot be both local and on the node ${node}`, 'leave out --local, or the node');
  const { services } = await readEnvironment(api, selectionOf(body));
  const remote = services.find(({ producers }) => producers['node'] !== undefined);
  if (remote) throw usage(`${remote.path} is on the node ${remote.producers['node']}, and what is done to it is done there`, 'leave out --local and --noremote');
}

/** Which link is going to change, before it does. */
async function tellChange(api: Api, io: Io, body: RunBody): Promise<void> {
  const { services } = await readEnvironment(api, selectionOf(body));
  for (const { path, producers } of services) {
    for (const { category, producer } of body.consume ?? []) {
      const now = producers[category.toLowerCase()];
      io.stderr.write(`${path}: ${category} ${now === undefined ? '' : `${now} → `}${producer}\n`);
    }
  }
}
