import { z } from '@hono/zod-openapi';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { lookAtModel } from './look_at_model';
import { ENVIRONMENT } from './schemas';

const answer = z.object({
  commit: z.string(), token: z.string().openapi({ description: 'for the field expect of an apply: it does what was shown, or nothing' }),
  edited: z.array(z.string()).openapi({ description: 'files that differ from the last commit' }),
  differences: z.array(z.object({ path: z.string(), is: z.enum(['new', 'changed', 'gone']) })),
}).openapi('EnvironmentDifferences');

/** What the model, hand edits and pulled commits among it, and what really runs differ in. */
export const getDifferences = endpoint(
  { method: 'get', path: `${ENVIRONMENT}/diff`, tag: 'environment', summary: 'What the model and what runs differ in', answers: { 200: json('All differences, by path', answer), 400: ourProblem, 409: ourProblem, 503: ourProblem } },
  async (c, _input, grid) => {
    const { index, token, edited, differences } = await lookAtModel(c, grid);
    return c.json({ commit: index.commit, token, edited, differences });
  },
);
