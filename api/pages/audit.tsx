import { z } from '@hono/zod-openapi';
import { pageOfAudit } from '../audit/list_audit';
import { paging } from '../http/paging';
import { page } from './page';
import { At, Breaking, Table } from './parts';

/** Every change that was asked for; who is no admin sees those of his owner. */
export const auditPage = page({ method: 'get', path: '/ui/audit', query: z.strictObject(paging) }, async (_c, { query }, grid) => {
  const { audit, next } = await pageOfAudit(grid, query);
  return {
    title: 'Audit',
    body: (
      <>
        <h1>Audit</h1>
        <Table
          id="audit" name="Changes that were asked for, newest first" none="There is none."
          columns={[{ title: 'When' }, { title: 'Who', whole: true }, { title: 'What' }, { title: 'Answer', right: true }, { title: 'Why not' }, { title: 'From', wide: true }, { title: 'Request', wide: true }]}
          rows={audit.map(({ at, who, owner, method, path, about, status, code, from, requestId }) => [
            <At at={at} />, who === owner ? who : `${who} (${owner})`, <Breaking>{`${method} ${path}${about ? `: ${about}` : ''}`}</Breaking>, status, <Breaking>{code ?? ''}</Breaking>, from, requestId,
          ])}
        />
        {next ? <p><a href={`/ui/audit?${new URLSearchParams({ cursor: next })}`} rel="next">Older ones</a></p> : null}
      </>
    ),
  };
});
