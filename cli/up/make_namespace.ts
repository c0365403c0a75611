import { readConfig } from '../../config';
import { inWords } from '../../model/errors';
import { connectWithin } from './connect';
import { prepareNamespace } from './prepare_namespace';

const ANSWERS_MS = 60_000;

/** Makes the namespace of a Temporal server ready for a grid whose processes are started one by one (`grid up` does it by itself); again it changes nothing. */
async function main(): Promise<void> {
  const { temporal } = readConfig();
  const connection = await connectWithin(temporal.connection, ANSWERS_MS);
  await prepareNamespace(connection, temporal.namespace).finally(() => connection.close());
  process.stdout.write(`the namespace ${temporal.namespace} at ${temporal.connection.address} is ready\n`);
}

main().then(() => process.exit(0), (error: Error) => {
  process.stderr.write(`the namespace cannot be made ready: ${inWords(error)}\n`);
  process.exit(1);
});
