import { maySee } from '../../model/access';
import { quotaId } from '../../model/ids';
import type { QuotaView } from '../../model/quota';
import { raise } from '../../model/raise';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { noQuota, updateQuota } from './quota_updates';
import { QUOTA_PATH, quotaParams, quotaView } from './schemas';

/** What an owner may have, has, and by which of his clusters; that of others is as if there were none. */
export const getQuota = endpoint(
  {
    method: 'get', path: QUOTA_PATH, tag: 'operating', summary: 'What an owner may have, and has', params: quotaParams,
    answers: { 200: json('As it is now', quotaView), 404: ourProblem, 503: ourProblem },
  },
  async (c, { params: { owner } }, grid) => {
    if (!maySee(grid.caller, { id: quotaId(owner), owner })) raise(noQuota(owner));
    return c.json(await updateQuota<QuotaView>(grid, owner, 'look'));
  },
);
