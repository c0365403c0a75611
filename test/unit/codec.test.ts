import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure, DefaultFailureConverter, defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { readConfig } from '../../config';
import { PLANNER_ID } from '../../model/ids';
import { SUMMARY } from '../../model/messages';
import { ASKED_TOO_EARLY } from '../../model/until_heard';
import { keyMounts } from '../../activities/machines/docker/container_options';
import { temporalArgs } from '../../cli/up/temporal_args';
import { admission, untilAdmitted } from '../../process/codec/admitted';
import { hideFailures } from '../../process/codec/data_converter';
import { encryptingCodec, keyIdOf } from '../../process/codec/encrypting_codec';
import { readCodecKeys, type CodecKey } from '../../process/codec/keys';
import { readAgentEnvironment } from '../../workers/agent_environment';

const hex = () => randomBytes(32).toString('hex');
const fileOf = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'grid-test-')), 'keys');
  writeFileSync(path, text);
  return path;
};
const keysOf = (text: string): CodecKey[] => readCodecKeys(`file:${fileOf(text)}`, {});
const [A, B] = [hex(), hex()];
const plain = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const back = (payload: Payload): unknown => defaultPayloadConverter.fromPayload(payload);

describe('the keys', () => {
  it('are found where a reference says, the first before the others, and have a name that tells nothing of them', () => {
    const [first, second] = keysOf(`${A}\n${B.toUpperCase()}\n`);
    expect([first!.bytes.toString('hex'), second!.bytes.toString('hex')]).toEqual([A, B]);
    expect(first!.id).toMatch(/^[0-9a-f]{12}$/);
    expect(A).not.toContain(first!.id);
    expect(readCodecKeys('env:KEYS', { KEYS: `${A} ${B}` })).toEqual([first, second]);
    expect(readCodecKeys(undefined, {})).toEqual([]);
  });

  it.each([[A, 'it is no reference'], ['file:/nowhere/key', 'nothing is at file:/nowhere/key'], ['env:OF_NOBODY', 'nothing is at env:OF_NOBODY']])('that are nowhere stop the start, and are not repeated', (given, why) => {
    let refused: any;
    try {
      readConfig({ GRID_CODEC_KEY: given });
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code: 'wrong_configuration', field: 'GRID_CODEC_KEY', message: expect.stringContaining(why), fix: expect.any(String) });
    expect(refused.message).not.toContain(A);
    expect(refused.message).toContain('openssl rand -hex 32');
  });

  it('of another form stop the start, without any of them', () => {
    expect(() => keysOf(`${A}\n${B.slice(2)}`)).toThrow('key 2 is not 64 hex digits');
    expect(() => keysOf('swordfish')).toThrow(/^key 1 is not 64 hex digits$/);
  });

  it('are looked for by an agent on its own machine, which says so where they are not', () => {
    const env = { GRID_AGENT: '0', GRID_MACHINE: 'm', GRID_ADDRESS: '127.0.0.1', GRID_ID: 'g', TEMPORAL_ADDRESS: 'localhost:7233' };
    expect(readAgentEnvironment({ ...env, GRID_CODEC_KEY: `file:${fileOf(A)}` }).temporal.codecKeys).toEqual(keysOf(A));
    expect(() => readAgentEnvironment({ ...env, GRID_CODEC_KEY: 'file:/nowhere/key' })).toThrow(/GRID_CODEC_KEY: nothing is at .* on each machine that has an agent/);
    expect(keyMounts({ env: { GRID_CODEC_KEY: 'file:/etc/grid/keys' } })).toEqual([{ Type: 'bind', Source: '/etc/grid/keys', Target: '/etc/grid/keys', ReadOnly: true }]);
    expect(keyMounts({ env: {} })).toEqual([]);
  });
});

describe('a payload', () => {
  it('comes back as it was, and shows nothing of itself meanwhile', async () => {
    const codec = encryptingCodec(keysOf(A));
    await fc.assert(fc.asyncProperty(fc.jsonValue(), async (value) => {
      const [hidden] = await codec.encode([plain({ planted: value })]);
      expect(Buffer.concat([hidden!.data!, ...Object.values(hidden!.metadata!)]).includes('planted')).toBe(false);
      expect(back((await codec.decode([hidden!]))[0]!)).toEqual(back(plain({ planted: value })));
    }));
  });

  it('is never encrypted twice to the same', async () => {
    const { encode } = encryptingCodec(keysOf(A));
    const [one, other] = await encode([plain('same'), plain('same')]);
    expect(Buffer.from(one!.data!).equals(Buffer.from(other!.data!))).toBe(false);
  });

  it('that was written before keys were in use, or by a key that is second now, is read', async () => {
    const [old] = await encryptingCodec(keysOf(A)).encode([plain('old')]);
    const rotated = encryptingCodec(keysOf(`${B}\n${A}`));
    expect((await rotated.decode([plain('plain'), old!])).map(back)).toEqual(['plain', 'old']);
    const [now] = await rotated.encode([plain('new')]);
    expect(keyIdOf(now!)).toBe(keysOf(B)[0]!.id);
    expect((await encryptingCodec([]).encode([plain('as it is')])).map(back)).toEqual(['as it is']);
  });

  it('of a key that is not here says which, and what to do', async () => {
    const [foreign] = await encryptingCodec(keysOf(A)).encode([plain('x')]);
    for (const [keys, why] of [[keysOf(B), `GRID_CODEC_KEY has ${keysOf(B)[0]!.id} here`], [[], 'GRID_CODEC_KEY is not set here']] as const) {
      await expect(encryptingCodec(keys).decode([foreign!])).rejects.toMatchObject({ status: 503, code: 'codec_key_unknown', message: expect.stringContaining(why), fix: expect.stringContaining('GRID_CODEC_KEY') });
    }
  });

  it('that somebody changed is refused', async () => {
    const codec = encryptingCodec(keysOf(A));
    const [hidden] = await codec.encode([plain('x')]);
    const changed = Buffer.from(hidden!.data!).map((byte, at) => (at === 14 ? byte ^ 1 : byte));
    for (const data of [changed, Buffer.from(hidden!.data!).subarray(0, 20), Buffer.alloc(0)]) {
      await expect(codec.decode([{ ...hidden!, data }])).rejects.toMatchObject({ code: 'payload_damaged' });
    }
  });
});

describe('what a failure says', () => {
  const converterWith = (keys: CodecKey[]) => hideFailures({ options: { loadedDataConverter: { payloadConverter: defaultPayloadConverter, failureConverter: new DefaultFailureConverter(), payloadCodecs: [] } } }, keys).options.loadedDataConverter.failureConverter;
  const failureOf = (keys: CodecKey[], message: string) => converterWith(keys).errorToFailure(ApplicationFailure.nonRetryable(message), defaultPayloadConverter);

  it('is a payload where payloads are encrypted, and comes back', () => {
    const hidden = failureOf(keysOf(A), 'planted');
    expect([hidden.message, hidden.stackTrace]).not.toEqual(expect.arrayContaining([expect.stringContaining('planted')]));
    expect(new DefaultFailureConverter().failureToError(hidden, defaultPayloadConverter).message).toBe('planted');
    expect(failureOf([], 'planted').message).toBe('planted');
  });

  it('of a question that came too early stays for whoever asks again', () => {
    expect(failureOf(keysOf(A), `${ASKED_TOO_EARLY}: ask again`).message).toBe(`${ASKED_TOO_EARLY}: ask again`);
  });
});

describe('whoever would write what the grid cannot read', () => {
  const describing = (memo: Payload | undefined) => {
    const asked: string[] = [];
    const describeWorkflowExecution = async ({ execution }: any) => {
      asked.push(execution.workflowId);
      if (!memo) throw Object.assign(new Error('not found'), { code: 5 });
      return { workflowExecutionInfo: { memo: { fields: { [SUMMARY]: memo } } } } as any;
    };
    return { asked, workflowService: { describeWorkflowExecution } as any, namespace: 'n' };
  };

  it('is stopped before he writes', async () => {
    const [said] = await encryptingCodec(keysOf(A)).encode([plain('summary')]);
    for (const keys of [keysOf(B), []]) {
      const codec = encryptingCodec(keys, admission({ ...describing(said), keys }));
      await expect(codec.encode([plain('x')])).rejects.toMatchObject({ code: 'codec_key_unknown' });
      await expect(untilAdmitted({ ...describing(said), keys }, new AbortController().signal)).rejects.toMatchObject({ code: 'codec_key_unknown' });
    }
  });

  it('is looked at once, by what every grid has', async () => {
    const [said] = await encryptingCodec(keysOf(A)).encode([plain('summary')]);
    for (const memo of [said, plain('written before')]) {
      const service = describing(memo);
      const admitted = admission({ ...service, keys: keysOf(`${B} ${A}`) });
      await admitted();
      await admitted();
      expect(service.asked).toEqual([PLANNER_ID]);
    }
    await admission({ ...describing(undefined), keys: [] })();
  });
});

it('the UI of the embedded server is told where it may have payloads decoded', () => {
  expect(temporalArgs({ port: 1, ui: true, codecEndpoint: 'http://127.0.0.1:5000/codec' }).join(' ')).toContain('--ui-codec-endpoint http://127.0.0.1:5000/codec');
  expect(temporalArgs({ port: 1, ui: true })).not.toContain('--ui-codec-endpoint');
});
