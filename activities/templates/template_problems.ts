import type { Code } from '../../model/codes';
import { problem, type Problem } from '../../model/errors';
import { isSecretName } from '../../model/options';
import { TEMPLATE_MEMORY_MIB } from './engine';
import type { Failure, TemplateLimits } from './run_in_thread';

const FIX_LIMITS = 'Let the template yield less, or ask for less in the options.';
const INCLUDES = /\{%[-+]?\s*(include|import|from|extends)\b/;
const MIN_SECRET = 4;
const MAX_EVIDENCE = 160;

/** What a template did wrong, as a Problem 400 with the line of the template (or of the text it rendered to). */
export function templateProblem(why: Failure, text: string, limits: TemplateLimits): Problem {
  switch (why.why) {
    case 'engine': return engineProblem(why);
    case 'syntax':
      return about('template_result', `what the template yields is not written properly: ${why.text} (line ${why.line} of it)`, 'Look at the commas, quotes and brackets that the template writes there.', {
        line: why.line, evidence: lineOf(text, why.line),
      });
    case 'output': return about('template_too_big', `the template yields ${why.bytes} bytes, at most ${limits.outputBytes} are taken`, FIX_LIMITS);
    case 'time': return about('template_too_slow', `the template did not end in ${limits.timeMs} ms and was stopped`, FIX_LIMITS);
    case 'memory': return about('template_too_big', `the template needed more than ${TEMPLATE_MEMORY_MIB} MiB of memory and was stopped`, FIX_LIMITS);
    case 'depth': return about('template_too_deep', 'the template, or what it yields, is nested too deeply', 'Use fewer levels of brackets and calls.');
    case 'aliases': return about('template_too_big', 'what the template yields refers to itself too often', 'Use fewer YAML aliases (*name).');
  }
}

function engineProblem({ text, line, at }: Extract<Failure, { why: 'engine' }>): Problem {
  const place = line === undefined ? 'the template' : `line ${line} of the template`;
  const more = { ...(line === undefined ? {} : { line }), ...(at ? { evidence: at } : {}) };
  if (/ran out of fuel/.test(text)) return about('template_too_slow', `${place}: the template takes too many steps and was stopped`, FIX_LIMITS, more);
  if (/^template not found/.test(text)) return includeProblem(line);
  if (/^undefined value/.test(text)) {
    return about('template_undefined', `${place}: ${at ?? 'a variable'} is not defined`, "Define it among the product's options (a template reads them as opts['name']), or correct its name.", more);
  }
  const code = /^syntax error/.test(text) ? 'template_syntax' : 'template_failed';
  return about(code, `${place}: ${text}${at && code === 'template_failed' ? ` in ${at}` : ''}`, 'Correct the template at that line.', more);
}

/** A template is one text: other files are nothing it could reach, so it is refused as soon as it asks for one. */
export function findInclude(template: string): Problem | undefined {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ');
  const live = template.replace(/\{#[\s\S]*?#\}|\{%[-+]?\s*raw\s*[-+]?%\}[\s\S]*?\{%[-+]?\s*endraw\s*[-+]?%\}/g, blank);
  const at = live.search(INCLUDES);
  return at < 0 ? undefined : includeProblem(live.slice(0, at).split('\n').length);
}

const includeProblem = (line: number | undefined) =>
  about('template_include', `${line === undefined ? 'the template' : `line ${line} of the template`}: a template cannot include, import or extend another`, 'Write everything into this one template.', line === undefined ? {} : { line });

const about = (code: Code, message: string, fix: string, more: Partial<Problem> = {}) => problem(400, code, message, fix, { field: 'template', ...more });

export const lineOf = (text: string, line: number): string => (text.split('\n')[line - 1] ?? '').trim().slice(0, MAX_EVIDENCE);

/** The problem without the values of options that are secrets, wherever they stand in it. */
export function withoutSecrets(said: Problem, variables: Record<string, unknown>): Problem {
  const secrets = Object.entries((variables.opts ?? {}) as Record<string, unknown>).flatMap(([name, value]) =>
    isSecretName(name) && typeof value === 'string' && value.length >= MIN_SECRET ? [value] : []);
  const hide = (text: string) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
  const { problems, ...rest } = said;
  const clean = { ...rest, message: hide(rest.message), ...(rest.evidence === undefined ? {} : { evidence: hide(rest.evidence) }) };
  return problems ? { ...clean, problems: problems.map((one) => withoutSecrets(one, variables)) } : clean;
}
