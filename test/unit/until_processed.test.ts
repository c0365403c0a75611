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
