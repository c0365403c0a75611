import { instanceId } from '../../../model/ids';
import type { Caller } from '../../../model/access';
import { LinkTo, Table, Word } from '../parts';
import type { Shown } from '../shown';

/** What a run does to each service, in its order, and how far that is. */
export const RunParts = ({ life: { plan, said = {} }, caller }: { life: Shown; caller: Caller }) => (
  <Table
    id="tasks" name="Services of the run" none="It has none, or was not planned yet." columns={[{ title: 'Service' }, { title: 'Verb' }, { title: 'State' }, { title: 'Reason' }]}
    rows={(plan?.tasks ?? []).map(({ path, verb }) => [<LinkTo id={instanceId(path, null)} caller={caller}>{path}</LinkTo>, verb, <Word>{said[path]?.state ?? 'pending'}</Word>, said[path]?.reason ?? ''])}
  />
);
