import { once } from 'node:events';
import { openConnector } from '../../activities/connectors/open';
import { ProblemError } from '../../activities/problem_error';
import { freePort } from '../support/grid';
import { foreignConnector, html, laterEra, seedEra, type Answering, type ForeignConnector } from './support/foreign_connector';

const never = new AbortController().signal;
const open: ForeignConnector[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function connected(answer: Answering) {
  const there = await foreignConnector(answer);
  open.push(there);
  return { there, connector: openConnector({ compute: 'localdc', connector: there.url }) };
}

/** The problem that the work ends with, and whether it may pass. */
async function problemOf(work: Promise<unknown>) {
  const error = await work.then((value) => { throw new Error(`no problem, but ${String(value)}`); }, (e: unknown) => e);
  if (!(error instanceof ProblemError)) throw error;
  return { ...error.problem, passing: error.passing };
}

/** Takes the call in and lets the connection die, without an answer or in the middle of one. */
const hangUp: Answering = (_call, _response, request) => void request.socket.destroy();
const halfAnswer: Answering = (_call, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"running_', () => response.destroy());
};

describe('a connector of the later era', () => {
  test('is asked for the whole number, and what runs then is what it says', async () => {
    const services = { web: { running: 1 } };
    const { there, connector } = await connected(laterEra(services));
    expect(await connector.running('web', never)).toBe(1);
    expect(await connector.scale('web', { wanted: 3, had: 1 }, never)).toBe(3);
    expect(await connector.scale('web', { wanted: 0, had: 3 }, never)).toBe(0);
    expect(there.calls.filter(({ line }) => line.startsWith('POST'))).toMatchObject([
      { line: 'POST /service/web/scale', body: '{"number":3}' }, { line: 'POST /service/web/scale', body: '{"number":0}' },
    ]);
  });

  test('is probed once in the life of the process, by the call that is wanted anyway', async () => {
    const { there, connector } = await connected(laterEra({ web: { running: 2 } }));
    await connector.running('web', never);
    await openConnector({ compute: 'localdc', connector: `${there.url}/` }).running('web', never);
    expect(there.lines()).toEqual(Array(2).fill('GET /service/web/status'));
  });

  test('that does not know the service: 502 in its own words, and the fix is to define it there', async () => {
    const { there, connector } = await connected(laterEra({}));
    const wanted = { status: 502, code: 'connector_failed', passing: false, message: 'compute localdc: asked about service web, the connector answered 501: Undefined service: web.', fix: `Define web there (POST ${there.url}/service), then try again.` };
    expect(await problemOf(connector.running('web', never))).toMatchObject(wanted);
    expect(await problemOf(connector.scale('web', { wanted: 1, had: 0 }, never))).toMatchObject(wanted);
  });

  test('a name is one part of the path, whatever is in it', async () => {
    const { connector } = await connected(laterEra({ 'a/b?c#d e': { running: 5 } }));
    expect(await connector.running('a/b?c#d e', never)).toBe(5);
  });

  test('the answer lost after it was carried out: it is looked up, and no problem', async () => {
    const services = { web: { running: 0 } };
    const answers = laterEra(services);
    const { there, connector } = await connected((call, response, request) => {
      if (!call.line.startsWith('POST')) return answers(call, response, request);
      services.web.running = 3;
      hangUp(call, response, request);
    });
    expect(await connector.scale('web', { wanted: 3, had: 0 }, never)).toBe(3);
    expect(there.lines().filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  test('the call lost before it was carried out: a problem that may pass, for the same call may be made again', async () => {
    const services = { web: { running: 1 } };
    const answers = laterEra(services);
    const { connector } = await connected((call, response, request) => (call.line.startsWith('POST') ? hangUp : answers)(call, response, request));
    expect(await problemOf(connector.scale('web', { wanted: 3, had: 1 }, never))).toMatchObject({ status: 503, code: 'connector_unreachable', passing: true });
  });

  test('what runs is unknown, never zero, when it took the number and then says nothing', async () => {
    const answers = laterEra({ web: { running: 1 } });
    let taken = false;
    const { connector } = await connected((call, response, request) => {
      (taken ? hangUp : answers)(call, response, request);
      taken ||= call.line.startsWith('POST');
    });
    expect(await connector.scale('web', { wanted: 3, had: 1 }, never)).toBeUndefined();
  });

  test.each(['', 'null', '[]', '{}', '{"running_resources":"three"}', '{"running_resources":-1}', '{"running_resources":1.5}', '{"running_resources":1e400}', '3', '<html>', `{"running_resources":1,"more":"${'x'.repeat(70_000)}"}`])(
    'a status that is no number of resources is a problem and no count (%#)', async (text) => {
      const { connector } = await connected((_call, response) => void response.end(text));
      expect(await problemOf(connector.running('web', never))).toMatchObject({ status: 502, code: 'connector_failed', passing: false });
    });
});

describe('a connector of the seed era', () => {
  test('cannot say what runs', async () => {
    const { there, connector } = await connected(seedEra({ web: { running: 2 } }));
    expect(await connector.running('web', never)).toBeUndefined();
    expect(await connector.running('web', never)).toBeUndefined();
    expect(there.lines()).toEqual(['GET /service/web/status']);
  });

  test('one GET of start for each that is missing', async () => {
    const services = { web: { running: 1 } };
    const { there, connector } = await connected(seedEra(services));
    expect(await connector.scale('web', { wanted: 3, had: 1 }, never)).toBe(3);
    expect(services.web.running).toBe(3);
    expect(there.lines().slice(1)).toEqual(Array(2).fill('GET /service/web/start'));
  });

  test('one GET of kill for each that is too much, and what is left is not known', async () => {
    const { there, connector } = await connected(seedEra({ web: { running: 3 } }));
    expect(await connector.scale('web', { wanted: 1, had: 3 }, never)).toBeUndefined();
    expect(there.lines().slice(1)).toEqual(Array(2).fill('GET /service/web/kill'));
  });

  test.each([['one', false], ['all', true]])('none is wanted: none is left, of a connector whose kill ends %s', async (_what, killsAll) => {
    const services = { web: { running: 3 } };
    const { connector } = await connected(seedEra(services, killsAll));
    expect(await connector.scale('web', { wanted: 0, had: 3 }, never)).toBe(0);
    expect(services.web.running).toBe(0);
  });

  test('none is wanted: a kill that is refused after one was taken is no problem', async () => {
    let kills = 0;
    const { connector } = await connected(({ line }, response) => void response.writeHead(!line.endsWith('kill') ? 404 : (kills += 1) === 1 ? 200 : 500).end());
    expect(await connector.scale('web', { wanted: 0, had: 3 }, never)).toBe(0);
  });

  test('nothing to change: nothing is called', async () => {
    const { there, connector } = await connected(seedEra({ web: { running: 2 } }));
    expect(await connector.scale('web', { wanted: 2, had: 2 }, never)).toBe(2);
    expect(there.lines()).toEqual(['GET /service/web/status']);
  });

  test.each([['without an answer', hangUp], ['in the middle of one', halfAnswer]])('a start that was cut %s is called once, and its outcome is said to be unknown', async (_where, cut) => {
    let starts = 0;
    const { connector } = await connected((call, response, request) => {
      if (!call.line.endsWith('start')) return void response.writeHead(405, { allow: 'PUT' }).end();
      if ((starts += 1) < 2) return void response.end();
      cut(call, response, request);
    });
    const told = await problemOf(connector.scale('web', { wanted: 3, had: 0 }, never));
    expect(told).toMatchObject({ status: 502, code: 'outcome_unknown', passing: false });
    expect(told.message).toContain('of service web 1 were started, and one more may have been');
    expect(starts).toBe(2);
  });

  test('refused after some were started: what runs is told, so that they are not started again', async () => {
    const services = { web: { running: 0 } };
    const answers = seedEra(services);
    const { connector } = await connected((call, response, request) => (services.web.running >= 2 && call.line.endsWith('start') ? void response.writeHead(500).end('full') : answers(call, response, request)));
    expect(await connector.scale('web', { wanted: 5, had: 0 }, never)).toBe(2);
    expect(await problemOf(connector.scale('web', { wanted: 5, had: 2 }, never))).toMatchObject({ status: 502, code: 'connector_failed', message: expect.stringContaining('answered 500: full') });
  });

  test('nothing listens any more: certainly not heard, so it may be asked again', async () => {
    const { there, connector } = await connected(seedEra({ web: { running: 0 } }));
    await connector.running('web', never);
    await there.close();
    expect(await problemOf(connector.scale('web', { wanted: 1, had: 0 }, never))).toMatchObject({ status: 503, code: 'connector_unreachable', passing: true, message: expect.stringContaining('nothing listens there') });
  });

  test('one that was replaced by one of the later era is found out', async () => {
    const services = { web: { running: 0 } };
    let answers = seedEra(services);
    const { connector } = await connected((call, response, request) => answers(call, response, request));
    await connector.running('web', never);
    answers = laterEra(services);
    await problemOf(connector.scale('web', { wanted: 2, had: 0 }, never));
    expect(await connector.scale('web', { wanted: 2, had: 0 }, never)).toBe(2);
  });
});

describe('a connector that is no good', () => {
  const failing = (answer: Answering) => connected(answer).then(async ({ connector }) => problemOf(connector.running('web', never)));

  test('an error page: its text without tags and control characters, at most 300 characters of it', async () => {
    const told = await failing((_call, response) => void response.writeHead(500).end(html(500, 'Internal Server Error', `no\u001b[31m  room\n\u202e${'y'.repeat(1000)}`)));
    expect(told).toMatchObject({ status: 502, code: 'connector_failed', passing: false });
    expect(told.message).toMatch(/^compute localdc: asked about service web, the connector answered 500: no \[31m room y{280,}…$/);
    expect(told.message.split('500: ')[1]!.length).toBe(300);
  });

  test.each([
    ['<h1>Bad</h1><script>alert(1)</script>luck<style>b{}</style>', 'Bad luck'], ['{"message":"the <b>disk</b> is full"}', 'the disk is full'], ['{"message":7}', '{"message":7}'], ['\u0000\u0007', ''],
  ])('its own words, whatever form they have (%j)', async (text, said) => {
    expect((await failing((_call, response) => void response.writeHead(500).end(text))).message).toBe(`compute localdc: asked about service web, the connector answered 500${said && `: ${said}`}`);
  });

  test('an endless error page is read to its bound and no further', async () => {
    let ended = Promise.resolve<unknown>(undefined);
    const told = await failing((_call, response) => {
      response.writeHead(500);
      ended = once(response, 'close');
      const flood = () => { while (!response.destroyed && response.write('z'.repeat(16_384))); };
      response.on('drain', flood);
      flood();
    });
    await ended;
    expect(told.message.split('500: ')[1]).toBe(`${'z'.repeat(299)}…`);
  });

  test('a redirect is not followed', async () => {
    const { there } = await connected(laterEra({ web: { running: 1 } }));
    const told = await failing(({ line }, response) => void response.writeHead(302, { location: there.url + line.slice(4) }).end());
    expect(told).toMatchObject({ status: 502, code: 'connector_failed', fix: expect.stringContaining('redirects are not followed') });
    expect(there.calls).toEqual([]);
  });

  test.each([['hangs up', hangUp], ['dies in the middle of its answer', halfAnswer]])('one that %s is unreachable, and that may pass', async (_how, answer) => {
    expect(await failing(answer)).toMatchObject({ status: 503, code: 'connector_unreachable', passing: true, message: expect.stringContaining('compute localdc') });
  });

  test('one that never answers is given up after 10 s', async () => {
    const startedAt = performance.now();
    expect(await failing(() => {})).toMatchObject({ status: 503, code: 'connector_unreachable', passing: true, message: expect.stringContaining('nothing came within 10 s') });
    expect(performance.now() - startedAt).toBeLessThan(12_000);
  });

  test('the caller may give up sooner', async () => {
    const asked = new AbortController();
    const { connector } = await connected(() => asked.abort(new Error('no longer wanted')));
    await expect(connector.running('web', asked.signal)).rejects.toThrow('no longer wanted');
    await expect(connector.scale('web', { wanted: 1, had: 0 }, asked.signal)).rejects.toThrow('no longer wanted');
  });
});

describe('reach', () => {
  test.each([200, 404, 405, 500])('whoever answers %i is there', async (status) => {
    const { connector } = await connected((_call, response) => void response.writeHead(status).end());
    await connector.reach(never);
  });

  test('where nothing listens, nobody is', async () => {
    const connector = openConnector({ compute: 'localdc', connector: `http://localhost:${await freePort()}` });
    expect(await problemOf(connector.reach(never))).toMatchObject({ status: 503, code: 'connector_unreachable', passing: true, message: expect.stringContaining('nothing listens there') });
  });

  test('a host name that does not exist', async () => {
    const connector = openConnector({ compute: 'localdc', connector: 'http://connector.invalid' });
    expect(await problemOf(connector.reach(never))).toMatchObject({ status: 503, code: 'connector_unreachable', passing: true });
  });
});

describe('the address', () => {
  test('credentials are sent as Basic and told to nobody', async () => {
    const { there } = await connected((_call, response) => void response.writeHead(401).end('who are you'));
    const connector = openConnector({ compute: 'localdc', connector: there.url.replace('//', '//gr%40nd:s%3Acret%@') + '/base/' });
    const told = await problemOf(connector.running('web', never));
    expect(there.calls).toMatchObject([{ line: 'GET /base/service/web/status', authorization: `Basic ${Buffer.from('gr@nd:s%3Acret%').toString('base64')}` }]);
    expect(JSON.stringify(told)).not.toMatch(/cret|gr@nd|gr%40nd/);
    await there.close();
    expect(JSON.stringify(await problemOf(connector.reach(never)))).not.toMatch(/cret|gr@nd|gr%40nd/);
  });

  test.each(['ftp://host', 'nothing', 'http://', 'http://host?token=secret', 'http://host#secret', 'process:'])('%s is refused, and not repeated', async (connector) => {
    const told = await problemOf((async () => openConnector({ compute: 'localdc', connector }))());
    expect(told).toMatchObject({ status: 400, code: 'bad_connector', field: 'connector' });
    expect(JSON.stringify(told)).not.toContain('secret');
  });
});

test('no connection is kept: one that the other side ended meanwhile would make an outcome unknown', async () => {
  const { there, connector } = await connected(laterEra({ web: { running: 1 } }));
  await connector.scale('web', { wanted: 2, had: 1 }, never);
  await there.allClosed();
  expect(there.calls).toHaveLength(3);
});
