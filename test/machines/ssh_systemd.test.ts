import { readFileSync, rmSync } from 'node:fs';
import { describeNeeding } from '../support/parts';
import { openGround, type Ground } from './process_ground';
import { openSshHost, openUserManager, type SshHost, type UserManager } from './ssh_ground';

describeNeeding(['sshd', 'systemd-run', 'unshare', 'root'], 'a host whose user has a systemd that stays when he logs out', () => {
  let manager: UserManager;
  let host: SshHost;
  let ground: Ground;
  beforeAll(async () => {
    manager = openUserManager();
    host = await openSshHost([], manager);
    ground = openGround(host.connector({ net: '127.94' }));
  });
  afterAll(async () => {
    await ground.stopAll();
    await host.close();
    manager.remove();
    rmSync(ground.gridHome, { recursive: true, force: true });
  });

  const unitsOf = async (id: string) => new Set((await ground.pids(id)).map((pid) => /\/(service-grid-[^/\n]+\.scope)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'latin1'))?.[1]));

  test('each machine is a unit of its own, adopted as any other, and gone when it is stopped', async () => {
    const started = await ground.start('web', ['sleep', '300']);
    expect(await ground.pids('web')).toHaveLength(2);
    expect([...(await unitsOf('web'))]).toEqual([expect.stringMatching(/^service-grid-web-1-\d+\.scope$/)]);
    expect(await ground.start('web', ['sleep', '300'])).toMatchObject({ ref: started.ref });
    expect((await ground.driver.exec('web', { argv: ['sh', '-c', 'echo "${XDG_RUNTIME_DIR-none}"'], timeoutMs: 10_000 }, new AbortController().signal)).stdout).toBe('none\n');
    await ground.stop('web');
    expect(await ground.pids('web')).toEqual([]);
    await ground.start('web', ['sleep', '300']);
    expect([...(await unitsOf('web'))]).toEqual([expect.stringMatching(/^service-grid-web-1-\d+\.scope$/)]);
  });
});
