import { z, type RouteConfig } from '@hono/zod-openapi';

type Answer = RouteConfig['responses'][number];

export const json = (description: string, schema: z.ZodType): Answer => ({ description, content: { 'application/json': { schema } } });

export const nothing = (description: string): Answer => ({ description });

/** Request body that is JSON of this schema. */
export const jsonBody = (schema: z.ZodType, required = true) => ({ required, content: { 'application/json': { schema } } });

/** Request body that is text of these content types. */
export const textBody = (...types: string[]) => ({
  required: true,
  content: Object.fromEntries(types.map((type) => [type, { schema: z.string() }])),
});

const said = {
  status: z.number().int(),
  code: z.string().openapi({ description: 'stable, for programs' }),
  fix: z.string().openapi({ description: 'what to do' }),
  help: z.string().optional().openapi({ description: 'where the manual tells of this code, relative to the API' }),
  field: z.string().optional(),
  line: z.number().int().optional(),
  evidence: z.string().optional(),
  problems: z.array(z.looseObject({ code: z.string(), message: z.string() })).optional(),
};

/** Errors on the paths of the seed (P-19). */
export const seedProblem: Answer = json('Refused, or not there', z.object({ error: z.string(), message: z.string(), ...said }).openapi('SeedError'));

/** Errors on our own paths (RFC 9457). */
export const ourProblem: Answer = {
  description: 'Refused, or not there',
  content: {
    'application/problem+json': {
      schema: z.object({ type: z.string(), title: z.string(), detail: z.string(), instance: z.string(), ...said }).openapi('Problem'),
    },
  },
};
