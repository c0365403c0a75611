import type { Finding } from '../../model/doctor';
import { hue } from './paint';
import type { Paper } from './paper';
import { clean, plural } from './text';

const MARKS: Record<Finding['status'], [mark: string, state: string]> = { ok: ['✔', 'ok'], warning: ['!', 'warning'], failed: ['✘', 'failed'] };

/** One finding after the other, each with its fix below it, whole: a fix is there to be copied. */
export function doctorText(findings: readonly Finding[], paper: Paper): string {
  const wide = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, status, seen, fix }) => {
    const [mark, state] = MARKS[status];
    return [`${hue(state, paper)(mark)} ${paper.color.dim(check.padEnd(wide))}  ${clean(seen)}`, ...(fix ? [`${' '.repeat(wide + 4)}${paper.color.bold(clean(fix))}`] : [])];
  });
  return [...lines, '', verdict(findings)].join('\n');
}

function verdict(findings: readonly Finding[]): string {
  const count = (status: Finding['status']) => findings.filter((one) => one.status === status).length;
  const [failures, warnings] = [count('failed'), count('warning')];
  if (failures + warnings === 0) return 'all is well';
  return [failures > 0 && plural(failures, 'failure'), warnings > 0 && plural(warnings, 'warning')].filter(Boolean).join(', ');
}
