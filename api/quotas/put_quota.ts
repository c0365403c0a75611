import { json, jsonBody, ourProblem } from '../http/answers';
import { readJson } from '../http/body';
import { endpoint } from '../http/endpoint';
import { setQuota } from './quota_updates';
import { limitsBody, QUOTA_PATH, quotaParams, quotaView } from './schemas';

/** Limits what an owner may have at once. What he has already stays; he gets no more until he is under it. */
export const putQuota = endpoint(
  {
    method: 'put', role: 'admin', path: QUOTA_PATH, tag: 'operating', summary: 'Limit what an owner may have: all limits at once', params: quotaParams, body: jsonBody(limitsBody),
    answers: { 200: json('As it is now', quotaView), 400: ourProblem, 413: ourProblem, 415: ourProblem, 503: ourProblem },
  },
  async (c, { params: { owner } }, grid) => c.json(await setQuota(grid, owner, await readJson(c, { schema: limitsBody, wrongType: 415 }))),
);
