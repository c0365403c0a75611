import { instanceId } from '../../../model/ids';
import type { Caller } from '../../../model/access';
import type { RunRequest } from '../../../model/environment/run';
import { Breaking, Help, LinkTo, Table, Word } from '../parts';
import type { Shown } from '../shown';

/** What a run was asked for, what it does to each service, in its order, and how far that is. */
export const RunParts = ({ life: { request, plan, said = {} }, caller }: { life: Shown; caller: Caller }) => (
  <>
    {request ? <p>Asked for by {request.actor}: <code>{commandOf(request)}</code></p> : null}
    <Table
      id="tasks" name="Services of the run" none="It has none, or was not planned yet." columns={[{ title: 'Service' }, { title: 'Verb', whole: true }, { title: 'State' }, { title: 'Reason' }]}
      rows={(plan?.tasks ?? []).map(({ path, verb }) => [
        <LinkTo id={instanceId(path, null)} caller={caller}><Breaking>{path}</Breaking></LinkTo>, verb, <Word>{said[path]?.state ?? 'pending'}</Word>,
        <>{said[path]?.reason}{said[path]?.state === 'done' ? null : <Help code={said[path]?.problem?.code} />}</>,
      ])}
    />
  </>
);

const FLAGS = [['name', '-n'], ['domain', '-d'], ['instance', '-i'], ['parent', '--parent']] as const;

/** The verb and which services it means; values may be secret, and are not said. */
const commandOf = ({ verb, selection }: RunRequest): string => ['ays', verb, ...FLAGS.flatMap(([field, flag]) => (selection[field] ? [flag, selection[field]] : []))].join(' ');
