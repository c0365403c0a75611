import { once } from 'node:events';
import { connect } from 'node:net';
import type { AcceptConnection, Client, ClientChannel, RejectConnection, TcpConnectionDetails } from 'ssh2';

export interface Address {
  host: string;
  port: number;
}

const HERE = '127.0.0.1';

/**
 * Has the host listen at a port of its loopback, and hands on what connects there to an address as this side knows it,
 * until `signal` is aborted or the connection ends. False when the host does not listen there for us: the port is taken,
 * or sshd forbids it.
 */
export async function forward(client: Client, port: number, to: Address, signal: AbortSignal): Promise<boolean> {
  if (!(await agrees(client, (answer) => client.forwardIn(HERE, port, answer)))) return false;
  const hand = handOn(port, to);
  client.on('tcp connection', hand);
  // Neither an abort nor the end of the connection is an error here.
  await once(client, 'close', { signal }).catch(() => {});
  client.off('tcp connection', hand);
  // Until then the next one finds the port taken.
  await agrees(client, (answer) => client.unforwardIn(HERE, port, answer));
  return true;
}

/** What the host says to a request, or that it is gone. */
const agrees = (client: Client, request: (answer: (error: unknown) => void) => unknown) => new Promise<boolean>((resolve) => {
  const end = (agreed: boolean) => {
    client.off('close', gone);
    resolve(agreed);
  };
  const gone = () => end(false);
  client.once('close', gone);
  try {
    request((error) => end(!error));
  } catch {
    gone();
  }
});

const handOn = (port: number, to: Address) => ({ destPort }: TcpConnectionDetails, accept: AcceptConnection<ClientChannel>, reject: RejectConnection) => {
  if (destPort !== port) return;
  const there = connect(to).on('error', () => there.destroy());
  there.once('close', reject).once('connect', () => {
    there.off('close', reject);
    const here = accept();
    here.on('error', () => here.destroy()).on('close', () => there.destroy());
    there.on('close', () => here.destroy());
    here.pipe(there).pipe(here);
  });
};
