import { z } from 'zod';
import { splitWords } from '../../activities/instances/split_words';
import { NAME, NAME_RULE } from '../../model/ids';
import { problem, type Problem } from '../../model/errors';
import { raise } from '../../model/raise';

/** `command` as words, be it one text or given as a list. */
export const wordsOf = (command: string | string[]): string[] => (typeof command === 'string' ? splitWords(command) : command);

const command = z.union([z.string(), z.array(z.string())], 'a text or a list of texts').superRefine((given, context) => {
  const message = objectionTo(given);
  if (message) context.addIssue({ code: 'custom', message });
});

function objectionTo(given: string | string[]): string | undefined {
  try {
    return wordsOf(given)[0] ? undefined : 'it begins with the name of a program';
  } catch (error) {
    return `${(error as Error).message}, and none reads it: quote it, or give a list of words`;
  }
}

const variable = z.string().regex(/^[^=\0]+$/, 'names without "="');
const port = z.union([z.int().min(1).max(65_535), z.string().regex(/^[1-9]\d{0,4}$/).refine((text) => Number(text) <= 65_535)], 'TCP ports from 1 to 65535');

const shape = z.object({
  name: z.string().regex(NAME, NAME_RULE),
  image: z.string().regex(/^[^\s]{1,255}$/, 'the name of an image, e.g. tutum/hello-world:latest'),
  command: command.nullish().transform((given) => given ?? null),
  environment: z.record(variable, z.union([z.string(), z.number()], 'texts and numbers')).nullish().transform((given) => given ?? null),
  ports: z.array(port).max(100).nullish().transform((given) => given ?? null),
  cpu: z.number().positive().max(9_999).optional(),
  mem_mib: z.int().positive().max(999_999_999).optional(),
});

/**
 * What one resource of a service is (C-1), as it was given; `cpu` (cores) and `mem_mib` are ours. What else is given is
 * left out, as the original does.
 */
export type Definition = z.output<typeof shape>;

/**
 * Checks a definition before any of it is kept.
 * @param whenMissing what the original says when a mandatory field is missing
 * @throws Problem 400 in the original's words
 */
export function checkDefinition(given: object, whenMissing: string): Definition {
  const parsed = shape.safeParse(given);
  return parsed.success ? parsed.data : raise(problemOf(parsed.error.issues[0]!, given, whenMissing));
}

function problemOf({ path, message }: z.core.$ZodIssue, given: object, whenMissing: string): Problem {
  const field = String(path[0]);
  if (!(field in given)) return problem(400, 'missing_parameters', whenMissing, `Give ${field}, e.g. {"name": "helloworld", "image": "tutum/hello-world:latest"}.`, { field });
  return problem(400, 'invalid_parameter', `Invalid value for ${field} parameter.`, `Correct ${path.map(String).join('.')}: ${message}.`, { field });
}
