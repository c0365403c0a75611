import { isProblem, problem, problems, type Problem } from '../../model/errors';
import type { ClusterSpec } from '../../model/node';
import type { OptionValue, TemplateType } from '../../model/product';
import { idFrom } from '../../model/ids';
import { readClusterSpec } from '../../model/template_result';
import { ProblemError } from '../problem_error';
import { runInThread, TEMPLATE_LIMITS, type Outcome, type Parsed, type TemplateJob, type TemplateLimits } from './run_in_thread';
import { findInclude, lineOf, templateProblem, withoutSecrets } from './template_problems';

/** What a product's template may ask for (P-22). */
export interface ClusterVariables {
  opts: Record<string, OptionValue>;
  user: string;
  product: string;
  version: string;
  clusterdn: string;
  /** P-24: the dn as one word; its older name is `instancename`. */
  clusterid: string;
  instancename: string;
  /** P-23: which of this user's clusters of the product it is. */
  number: number;
}

/**
 * The text that a Jinja2 template yields; undefined variables are errors.
 * @throws ProblemError 400 with the line, or with the limit at which the template was stopped.
 */
export async function renderTemplate({ template, templateType, variables }: {
  template: string;
  templateType: TemplateType;
  variables: Record<string, unknown>;
}, limits: Partial<TemplateLimits> = {}): Promise<{ text: string }> {
  const { text } = await run({ kind: 'render', template, variables, parse: false, json: isJson(templateType) }, limits);
  return { text };
}

/**
 * The nodes and roles that a product's template yields for an order, checked (P-22, P-26 … P-28). JSON may have a comma
 * at the end of a list or map; a key that is there twice is an error.
 * @throws ProblemError 400 naming the field and its line in the text that the template yields, or as {@link renderTemplate}.
 */
export async function renderCluster({ template, templateType, variables }: {
  template: string;
  templateType: TemplateType;
  variables: ClusterVariables;
}, limits: Partial<TemplateLimits> = {}): Promise<ClusterSpec> {
  const { text, parsed } = await run({ kind: 'render', template, variables: { ...variables }, parse: true, json: isJson(templateType) }, limits);
  const { json, lines, twice } = parsed!;
  const where = (path: (string | number)[]) => lines.get(path.join('\0'));
  const spec = twice.length > 0
    ? problems(twice.slice(0, 20).map(isTwice))
    : readClusterSpec(JSON.parse(json), where, { defaultDnsname: idFrom(variables.clusterdn) });
  if (isProblem(spec)) throw new ProblemError(withoutSecrets(withEvidence(spec, text), { ...variables }));
  return spec;
}

/**
 * What can be known of a template before it is used: that it parses and includes nothing; of one that holds no
 * expression, also that it is written properly.
 * @throws ProblemError 400 with the line.
 */
export async function checkTemplate(template: string, templateType: TemplateType): Promise<void> {
  const include = findInclude(template);
  if (include) throw new ProblemError(include);
  const { parsed } = await run({ kind: 'check', template, variables: {}, parse: !/\{[{%#]/.test(template), json: isJson(templateType) }, {});
  if (parsed && parsed.twice.length > 0) throw new ProblemError(problems(parsed.twice.slice(0, 20).map(isTwice)));
}

async function run(job: TemplateJob, limits: Partial<TemplateLimits>): Promise<Extract<Outcome, { step: 'parsed' }>> {
  const all = { ...TEMPLATE_LIMITS, ...limits };
  const outcome = await runInThread(job, all);
  if (outcome.step === 'failed') throw new ProblemError(withoutSecrets(templateProblem(outcome.why, outcome.text || job.template, all), job.variables));
  return outcome;
}

const isJson = (type: TemplateType) => type === 'json+jinja2';

function isTwice({ path, line, first }: Parsed['twice'][number]): Problem {
  const field = path.join('.');
  return problem(400, 'duplicate_name', `${field} is there twice (lines ${first} and ${line} of what the template yields)`, 'Give each its own name; a loop has to count.', { field, line });
}

/** Every problem with the line of text it is about: nobody but the template ever saw that text. */
function withEvidence(said: Problem, text: string): Problem {
  const { problems: list, ...rest } = said;
  const one = rest.line === undefined ? rest : { ...rest, evidence: lineOf(text, rest.line) };
  return list ? { ...one, problems: list.map((inner) => withEvidence(inner, text)) } : one;
}
