import { parseArgs } from 'node:util';
import { startEmulator, type Emulator } from './emulator';

/** `npm run mesos-emulator`: a Mesos cluster to try the grid with, on this host; its tasks are real processes. */

const USAGE = `usage: npm run mesos-emulator -- [--port 5050] [--hosts 3] [--masters 1] [--resources "cpus:4;mem:4096;ports:[31000-32000]"] [--offer-timeout SECONDS]
While it runs it takes these lines: ${'agents, lose N, restart N, leave N, kill-leader, restart-master, drop, silence, expire, forget'}`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '5050' }, hosts: { type: 'string', default: '3' }, masters: { type: 'string', default: '1' },
    resources: { type: 'string', default: 'cpus:4;mem:4096;disk:16384;ports:[31000-32000]' }, 'offer-timeout': { type: 'string' }, help: { type: 'boolean' },
  },
});

const VERBS: Record<string, (emulator: Emulator, agent: number) => void> = {
  agents: ({ agents }) => agents.forEach((agent, i) => console.log(`${i} ${agent.facts.hostname} ${agent.id()} ${agent.isUp() ? 'up' : 'down'}, ${agent.executions().filter(({ phase }) => phase !== 'over').length} tasks`)),
  lose: ({ agents }, i) => agents[i]?.lose(),
  restart: ({ agents }, i) => agents[i]?.restart(),
  leave: ({ agents }, i) => agents[i]?.leave(),
  'kill-leader': (emulator) => emulator.killLeader(),
  'restart-master': (emulator) => { emulator.restartMaster(); emulator.rejoin(); },
  drop: (emulator) => emulator.dropStreams(),
  silence: (emulator) => emulator.fallSilent(),
  expire: (emulator) => emulator.expireOffers(),
  forget: (emulator) => emulator.forgetFrameworks(),
};

async function main(): Promise<void> {
  if (values.help || positionals.length > 0) return console.log(USAGE);
  const timeout = values['offer-timeout'];
  const emulator = await startEmulator({
    port: Number(values.port), masters: Number(values.masters), ...(timeout === undefined ? {} : { offerTimeoutMs: Number(timeout) * 1_000 }),
    // Each host has an address of its own, of which Linux has as many on loopback as one likes.
    hosts: Array.from({ length: Number(values.hosts) }, (_, i) => ({ hostname: `host${i + 1}`, ip: `127.78.0.${i + 1}`, resources: values.resources })),
  });
  console.log(`Mesos masters at ${emulator.ports.map((port) => `127.0.0.1:${port}`).join(', ')}, ${emulator.agents.length} agents\ngrid compute add dc1 mesos://${emulator.ports.map((port) => `127.0.0.1:${port}`).join(',')}`);
  process.stdin.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter(Boolean)) {
      const [verb = '', argument = '0'] = line.trim().split(/\s+/);
      if (Object.hasOwn(VERBS, verb)) VERBS[verb]!(emulator, Number(argument));
      else console.log(USAGE);
    }
  });
  const end = () => void emulator.close().then(() => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
