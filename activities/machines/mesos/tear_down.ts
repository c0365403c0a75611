import { Context } from '@temporalio/activity';
import { openLeader } from './client/leader';
import { tellMaster } from './client/operator';
import { MasterRefusal } from './client/trouble';
import { readMesosConnector } from './connector';
import type { HeldFramework } from './session/hold_framework';

/** Has Mesos end a framework with all that it still runs; one that is not there is fine. @throws MasterUnreachable, MasterRefusal */
export async function tearDownFramework({ compute, connector, id }: HeldFramework): Promise<void> {
  try {
    await tellMaster(openLeader(readMesosConnector(compute, connector).masters), { type: 'TEARDOWN', teardown: { framework_id: { value: id } } }, Context.current().cancellationSignal);
  } catch (error) {
    if (!(error instanceof MasterRefusal) || !/framework/i.test(error.said) || (error.status !== 400 && error.status !== 404)) throw error;
  }
}
