import { readMembers } from '../members/read_members';
import { page } from './page';
import { Ago, Table, Word } from './parts';

const EVERY_MS = 5_000;

/** The processes of the grid itself. */
export const membersPage = page({ method: 'get', path: '/ui/members' }, async (_c, _input, grid) => ({
  title: 'Members', everyMs: EVERY_MS,
  body: (
    <>
      <h1>Members</h1>
      <Table
        id="members" name="Processes of the grid" none="There is none; a process joins within seconds of its start."
        columns={[
          { title: 'Member' }, { title: 'Status' }, { title: 'Host', wide: true }, { title: 'Pid', right: true, wide: true }, { title: 'Queue', wide: true }, { title: 'Version', wide: true },
          { title: 'CPU %', right: true }, { title: 'Memory MiB', right: true }, { title: 'Heard', right: true, wide: true }, { title: 'Age', right: true, wide: true },
        ]}
        rows={(await readMembers(grid)).map((one) => [
          one.name, <Word>{one.status}</Word>, one.hostname, one.process, one.queue ?? '', one.version ?? '', one.load?.cpu ?? '', one.load?.memMiB ?? '', <Ago at={one.heardAt ?? undefined} />, <Ago at={one.created} />,
        ])}
      />
    </>
  ),
}));
