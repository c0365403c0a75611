import type { Load } from '../model/members';

/** What this process takes of its host, each time since it was last asked. */
export function loadSince(): () => Load {
  let last = { cpu: process.cpuUsage(), at: performance.now() };
  return () => {
    const now = { cpu: process.cpuUsage(), at: performance.now() };
    const busyMs = (now.cpu.user + now.cpu.system - last.cpu.user - last.cpu.system) / 1000;
    const cpu = Math.round((busyMs / Math.max(1, now.at - last.at)) * 1000) / 10;
    last = now;
    return { cpu, memMiB: Math.round(process.memoryUsage.rss() / 2 ** 20) };
  };
}
