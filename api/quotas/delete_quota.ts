import { nothing, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { updateQuota } from './quota_updates';
import { QUOTA_PATH, quotaParams } from './schemas';

export const deleteQuota = endpoint(
  {
    method: 'delete', role: 'admin', path: QUOTA_PATH, tag: 'operating', summary: 'Limit an owner no longer', params: quotaParams,
    answers: { 204: nothing('Removed'), 404: ourProblem, 503: ourProblem },
  },
  async (c, { params: { owner } }, grid) => {
    await updateQuota<void>(grid, owner, 'remove');
    return c.body(null, 204);
  },
);
