import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepRunning, type Kept, type Program } from '../../cli/up/keep_running';
import { boundLog, tailLog } from '../../cli/up/log_file';
import { identify, isAlive } from '../../cli/up/process_identity';
import type { Problem } from '../../model/errors';

let dir: string;
let kept: Kept | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'grid-keep-'));
});
afterEach(async () => {
  await kept?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs a real Node process with this script; `next` waits for its next start. */
function keep(script: string, more: Partial<Program> = {}) {
  const told: string[] = [];
  const hopeless: Problem[] = [];
  const starts: { pid: number; at: number }[] = [];
  let wake: () => void = () => undefined;
  const file = join(dir, 'program.cjs');
  writeFileSync(file, script);
  const program: Program = {
    name: 'program',
    command: process.execPath,
    args: [file],
    env: process.env,
    logFile: join(dir, 'program.log'),
    graceMs: 5_000,
    onStart: (pid) => {
      starts.push({ pid, at: performance.now() });
      wake();
    },
    ...more,
  };
  kept = keepRunning(
    program,
    (line) => told.push(line),
    (problem) => {
      hopeless.push(problem);
      wake();
    },
  );
  const until = async (enough: () => boolean) => {
    while (!enough()) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { kept, told, hopeless, starts, until, log: program.logFile };
}

const untilLogged = (log: string, text: string) => untilTrue(() => tailLog(log).includes(text));

async function untilTrue(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 10))) {
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${condition}`);
  }
}

const SERVE = "console.log('serving'); setInterval(() => {}, 1000);";

describe('a process of the grid', () => {
  it('is started again within a second after kill -9, and says so', async () => {
    const { kept, starts, until, told, log } = keep(SERVE);
    await untilLogged(log, 'serving');
    const killedAt = performance.now();
    process.kill(kept.pid()!, 'SIGKILL');
    await until(() => starts.length === 2);
    expect(starts[1]!.at - killedAt).toBeLessThan(1_000);
    expect(kept.pid()).toBe(starts[1]!.pid);
    expect(told).toEqual(['program ended with SIGKILL; starting it again']);
  });

  it('that dies five times in a row soon after its start is reported with the last lines of its log, more and more slowly tried', async () => {
    const { hopeless, starts, until } = keep("console.error('no room on the disk'); process.exit(7);");
    await until(() => hopeless.length === 1);
    expect(starts).toHaveLength(5);
    expect(hopeless[0]).toMatchObject({
      code: 'process_does_not_come_up',
      message: expect.stringMatching(/program ended with exit code 7, 5 times in a row/),
      evidence: expect.stringContaining('no room on the disk'),
    });
    const gaps = starts.slice(1).map((start, i) => start.at - starts[i]!.at);
    expect(gaps[3]).toBeGreaterThan(gaps[0]! * 2);
    await until(() => starts.length === 6);
  });

  it('that cannot be started at all is reported too', async () => {
    const { hopeless, until } = keep('', { command: join(dir, 'nothing-here') });
    await until(() => hopeless.length === 1);
    expect(hopeless[0]!.message).toMatch(/could not be started: .*ENOENT/);
  });

  it('is asked to end, may finish what it does, and is not started again', async () => {
    const { kept, starts, log } = keep(`process.on('SIGTERM', () => setTimeout(() => { console.log('finished'); process.exit(0); }, 100)); ${SERVE}`);
    await untilLogged(log, 'serving');
    await kept.stop();
    expect(tailLog(log)).toContain('finished');
    expect(starts).toHaveLength(1);
    expect(kept.pid()).toBeUndefined();
  });

  it('that does not end in its grace is made to end', async () => {
    const { kept, log } = keep(`process.on('SIGTERM', () => {}); ${SERVE}`, { graceMs: 200 });
    await untilLogged(log, 'serving');
    const identity = identify(kept.pid()!)!;
    await kept.stop();
    expect(isAlive(identity)).toBe(false);
  });

  it('ends by itself when the one who started it was killed', async () => {
    const preload = join(__dirname, '../../cli/up/end_with_parent.ts');
    const bundled = join(dir, 'end_with_parent.cjs');
    const { buildSync } = await import('esbuild');
    buildSync({ entryPoints: [preload], outfile: bundled, platform: 'node', format: 'cjs' });
    const child = `require(${JSON.stringify(bundled)}); process.on('SIGTERM', () => { console.log('asked to end'); process.exit(0); }); ${SERVE}`;
    writeFileSync(join(dir, 'child.cjs'), child);
    // A supervisor of its own process, so that it can be killed.
    const { log } = keep(`
      const fd = require('node:fs').openSync(${JSON.stringify(join(dir, 'child.log'))}, 'a');
      const env = { ...process.env, GRID_ENDS_WITH_PARENT: '1' };
      const child = require('node:child_process').spawn(process.execPath, [${JSON.stringify(join(dir, 'child.cjs'))}], { env, stdio: ['pipe', fd, fd], detached: true });
      require('node:fs').writeFileSync(${JSON.stringify(join(dir, 'child.pid'))}, String(child.pid));
      setTimeout(() => { console.log('dying'); process.kill(process.pid, 'SIGKILL'); }, 500);
    `);
    await untilLogged(log, 'dying');
    await kept!.stop();
    const orphan = identify(Number(readFileSync(join(dir, 'child.pid'), 'utf8')));
    try {
      await untilLogged(join(dir, 'child.log'), 'asked to end');
    } finally {
      if (orphan && isAlive(orphan)) process.kill(orphan.pid, 'SIGKILL');
    }
  });
});

describe('a log', () => {
  it('keeps at most one older part of its size, and its writer goes on writing', async () => {
    const { log } = keep("setInterval(() => console.log('x'.repeat(1000)), 1)");
    await untilTrue(() => tailLog(log) !== '' && statSync(log).size >= 50_000);
    boundLog(log, 40_000);
    expect(statSync(`${log}.1`).size).toBeGreaterThanOrEqual(50_000);
    const cut = statSync(log).size;
    expect(cut).toBeLessThan(40_000);
    await untilTrue(() => statSync(log).size > cut);
    // A writer that did not append would leave a hole of zeros where the old part was.
    expect(readFileSync(log, 'latin1')).not.toContain('\0');
  });
});
