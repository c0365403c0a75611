/**
 * Loaded first into every process of a grid under test. Puts an interceptor around all activities of its workers:
 * - a file `<activity>.before|after` in GRID_TEST_FAULTS names a process to kill (-9) at that moment, once;
 * - GRID_TEST_TWICE: every activity is carried out, its first answer lost, and carried out again.
 */
const { renameSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const Module = require('node:module');

const { GRID_TEST_FAULTS: dir, GRID_TEST_TWICE: twice } = process.env;
const load = Module._load;

function claim(key) {
  try {
    renameSync(join(dir, key), join(dir, `${key}.taken`));
    return readFileSync(join(dir, `${key}.taken`), 'utf8').trim();
  } catch {
    return undefined;
  }
}

function strike(info, when) {
  if (!dir) return;
  const victim = claim(`${info.activityId}.${when}`) ?? claim(`${info.activityType}.${when}`);
  if (victim) process.kill(victim === 'self' ? process.pid : Number(victim), 'SIGKILL');
}

const interceptor = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      strike(info, 'before');
      const result = await next(input);
      strike(info, 'after');
      if (!twice) return result;
      // A person's command is never repeated by the grid, so its second run is made here.
      if (info.activityType === 'callMachine') return next(input);
      if (info.attempt === 1) throw new Error('the answer was lost');
      return result;
    },
  },
});

Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  if (request === '@temporalio/worker' && !loaded.Worker.faulty) {
    const create = loaded.Worker.create.bind(loaded.Worker);
    loaded.Worker.faulty = true;
    loaded.Worker.create = (options) =>
      create({ ...options, interceptors: { ...options.interceptors, activity: [...(options.interceptors?.activity ?? []), interceptor] } });
  }
  return loaded;
};
