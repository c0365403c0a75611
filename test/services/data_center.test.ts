import { openSshHost, type SshHost } from '../machines/ssh_ground';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, read, removeCompute } from '../support/http';
import { describeOn } from '../support/machine_ground';
import { testNeeding } from '../support/parts';
import { expectInstances, install, installed, killMachine, page, uninstall, uninstalled, untilPath } from '../support/services';

/** T19: a machine that was there before us is made known, has a service, is clean again and given up; it goes on as it was. */
describeOn(['process'], 'it brings a host of its own, which is the same one on every ground', 'a host that was there before', () => {
  const test = testNeeding(['sshd', 'tomcat10-instance-create']);
  let grid: TestGrid;
  let host: SshHost;
  beforeAll(async () => {
    host = await openSshHost();
    grid = await startGrid({ env: { GRID_AGENT_TIMEOUT: '3s' } });
  });
  afterAll(async () => {
    await grid.end();
    await host.close();
  });

  test('T19: an existing host over SSH has tomcat installed, replaced when it dies, cleaned, and is removed', async () => {
    const connector = host.connector({ net: '127.96', hostkey: host.fingerprint() });
    expect((await ask(grid, 'PUT', '/api/v1/computes/rack1', { connector })).status).toBe(201);
    await untilPath(grid, '/api/v1/lifecycles/compute/rack1', (d) => d.state === 'ready');
    await install(grid, 'tomcat', { recipe: 'tomcat', compute: 'rack1', data: { 'param.port': '18080' } });
    await installed(grid, 'tomcat', 1);
    await expectInstances(grid, 'tomcat', [{ agent: 0, machine: 0 }]);
    expect((await fetch(`http://${(await read(grid, '/agents/0/')).ip_address}:18080/`)).status).toBeLessThan(500);
    expect((await ask(grid, 'DELETE', '/api/v1/computes/rack1')).status).toBe(409);
    await killMachine(grid, 0);
    await untilPath(grid, '/agents/0/', (d) => d.number_of_machine_restarts === 1 && d.progress === 'AGENT_STARTED');
    await installed(grid, 'tomcat', 1);
    expect(await page(grid, 'tomcat', 0, 18_080)).toBeTruthy();
    await uninstall(grid, 'tomcat');
    await uninstalled(grid, 'tomcat');
    expect(labelled(grid.home)).toEqual([]);
    expect(await removeCompute(grid, 'rack1')).toMatchObject({ status: 204 });
    expect((await ask(grid, 'GET', '/api/v1/computes/rack1')).status).toBe(404);
  });
});
