import type { FailureDetail } from '../exit';
import type { Paper } from './paper';
import { clean, cleanLines } from './text';

/** An error for a person: what happened, what was seen, what to do. */
export function failureText(failure: FailureDetail, paper: Paper): string {
  const { color } = paper;
  return [
    `${color.red('error:')} ${clean(failure.message)}${failure.field && !failure.message.includes(failure.field) ? ` (${clean(failure.field)})` : ''}`,
    ...(failure.more ?? []).map((line) => `       ${clean(line)}`),
    ...(failure.evidence ? cleanLines(failure.evidence).map((line) => color.dim(`  ${line}`)) : []),
    ...(failure.fix ? [`${color.bold('fix:')} ${clean(failure.fix)}`] : []),
  ].join('\n');
}
