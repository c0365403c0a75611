import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What stands before several processes of the API: each connection goes to the next of them that listens. */
export interface Balancer {
  url: string;
  end(): Promise<void>;
}

export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  let turn = 0;
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    return socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (from) => {
    keep(from);
    const tried = turn++;
    const join = (nth: number): void => {
      if (nth === ports.length) return void from.destroy();
      const to = connect({ port: ports[(tried + nth) % ports.length]!, host: '127.0.0.1', allowHalfOpen: true });
      const refused = () => join(nth + 1);
      to.once('error', refused).once('connect', () => {
        keep(to.off('error', refused));
        from.pipe(to).pipe(from);
        from.resume();
        to.once('close', () => from.destroy());
        from.once('close', () => to.destroy());
      });
    };
    join(0);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async end() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
