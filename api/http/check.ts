import type { z } from '@hono/zod-openapi';
import { problem, problems, type Problem } from '../../model/errors';
import { NAME, NAME_RULE } from '../../model/ids';
import { raise } from '../../model/raise';

const MAX_PROBLEMS = 20;

/**
 * The value as the schema wants it.
 * @throws Problem 400 `invalid_<where>`, one entry for each field that is wrong
 */
export function check<S extends z.ZodType>(schema: S, value: unknown, where: 'body' | 'query'): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const found = result.error.issues.slice(0, MAX_PROBLEMS).map((issue) => problemOf(issue, where));
  raise(problems(found));
}

function problemOf(issue: z.core.$ZodIssue, where: 'body' | 'query'): Problem {
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
  const field = path.map(String).join('.') || where;
  const message = issue.code === 'unrecognized_keys' ? 'is not known here' : issue.message;
  return problem(400, `invalid_${where}`, `${field}: ${message}`, `Correct ${field}; /docs says what is taken.`, { field });
}

/** Refuses a name that nothing of ours can have. */
export function checkName(name: string, field: string): string {
  if (!NAME.test(name)) raise(problem(400, 'invalid_name', `${field}: ${JSON.stringify(name.slice(0, 80))} is not a name`, `Use ${NAME_RULE}.`, { field }));
  return name;
}
