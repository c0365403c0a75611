import { spawn } from 'node:child_process';
import { packNode } from '../../activities/machines/bundles';

jest.mock('node:child_process', () => ({ spawn: jest.fn() }));
const { spawn: begin } = jest.requireActual<typeof import('node:child_process')>('node:child_process');
const spawned = jest.mocked(spawn as (program: string, argv: string[], options: object) => ReturnType<typeof begin>);

test('where tar is missing that is said, and how to get it; the worker goes on', async () => {
  spawned.mockImplementation((program, argv, options) => begin(`/none/${program}`, argv, options));
  const missing = { problem: { status: 503, code: 'not_packed', message: expect.stringContaining('tar does not start'), fix: expect.stringContaining('Install tar') } };
  await expect(packNode()).rejects.toMatchObject(missing);
});

test('whoever reads learns that packing broke off, and nobody else does', async () => {
  spawned.mockImplementation((_, __, options) => begin('tar', ['-cf', '-', '/none'], options));
  const packed = await packNode();
  await new Promise((resolve) => packed.once('close', resolve));
  await expect(packed[Symbol.asyncIterator]().next()).rejects.toThrow('tar ended with 2');
});
