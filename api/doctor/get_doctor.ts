import { z } from '@hono/zod-openapi';
import { CHECKS, findingsOf, findingsWithoutTemporal, isWell } from '../../model/doctor';
import { json } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { readFacts, roomOfHome } from './read_facts';

const finding = z
  .object({
    check: z.enum(CHECKS), status: z.enum(['ok', 'warning', 'failed']).openapi({ description: 'warning: it works, and will not for ever' }),
    seen: z.string().openapi({ description: 'what was seen', example: 'version 1.31.2 answers' }), fix: z.string().optional().openapi({ description: 'what to do' }),
  })
  .openapi('Finding');

/** Every check that a person would make, with what was seen and what to do; that something failed is an answer, not an error. */
export const getDoctor = endpoint(
  {
    method: 'get', path: '/api/v1/doctor', tag: 'operating', summary: 'What is the matter with the grid, and what to do',
    answers: { 200: json('What was found', z.object({ well: z.boolean().openapi({ description: 'nothing failed' }), now: z.string().openapi({ description: 'what the clock of the API says' }), findings: z.array(finding) })) },
  },
  async (c, _input, grid) => {
    const { temporal } = await grid.readiness.now();
    // It may go away in between: then as much is known as without it.
    const facts = temporal ? await readFacts(grid, c.req.raw.signal).catch((error: unknown) => void grid.log.warn({ err: error }, 'facts for the doctor cannot be read')) : undefined;
    const findings = facts ? findingsOf(facts) : findingsWithoutTemporal(await roomOfHome(grid));
    return c.json({ well: isWell(findings), now: new Date().toISOString(), findings });
  },
);
