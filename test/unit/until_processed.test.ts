import { untilProcessed } from '../../model/until_processed';

const unprocessed = () => Object.assign(new Error('failed'), { cause: Object.assign(new Error('not seen'), { type: 'UnprocessedUpdate' }) });

test('an update that its workflow never got to see is sent again', async () => {
  let sent = 0;
  const send = async () => {
    sent += 1;
    if (sent < 4) throw unprocessed();
    return 'done';
  };
  expect([await untilProcessed(send), sent]).toEqual(['done', 4]);
});

test('what Temporal lets nobody ask, because the last task of the lifecycle failed, is asked again', async () => {
  const cause = new Error('9 FAILED_PRECONDITION: Unable to perform workflow execution update due to Workflow Task in failed state.');
  let sent = 0;
  const send = async () => {
    sent += 1;
    if (sent < 3) throw Object.assign(new Error('Workflow Update failed'), { cause });
    return 'done';
  };
  expect([await untilProcessed(send), sent]).toEqual(['done', 3]);
});

test('a refusal is not sent again, nor without end what nobody ever takes', async () => {
  let sent = 0;
  const refuse = (error: Error) => async () => {
    sent += 1;
    throw error;
  };
  await expect(untilProcessed(refuse(new Error('refused')))).rejects.toThrow('refused');
  expect(sent).toBe(1);
  await expect(untilProcessed(refuse(unprocessed()))).rejects.toThrow('failed');
  expect(sent).toBeLessThan(20);
});
