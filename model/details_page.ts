import { blockedStep, whyOf, type Lifecycle, type Step } from './lifecycle';

const MARKS: Record<Step['state'], string> = {
  pending: '·', running: '▶', blocked: '■', done: '✔', skipped: '↷', failed: '✘', undone: '↶',
};

const oneLine = (text: string) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ').slice(0, 200);

function row(step: Step): string {
  return `| ${MARKS[step.state]} ${step.name} | ${step.state} | ${step.attempt} | ${oneLine(whyOf(step) ?? '')} |`;
}

/** A lifecycle as Markdown for the Temporal UI; it says what `grid show` says. */
export function detailsPage(life: Lifecycle): string {
  const lines = [`**${life.state}**${life.operation ? ` · ${life.operation.kind}` : ''}${life.paused ? ' · paused' : ''}`];
  if (life.conditions.length) lines.push('');
  for (const c of life.conditions) lines.push(`- ${c.type}: ${c.reason}: ${oneLine(c.message)}`);
  if (life.steps.length) lines.push('', '| step | state | attempt | reason |', '|---|---|---|---|', ...life.steps.map(row));
  const blocked = blockedStep(life);
  if (blocked) {
    const verbs = [blocked.retryable && '`retry`', blocked.skippable && '`skip`', '`abort`', '`destroy`'].filter(Boolean);
    lines.push('', `Fix: ${blocked.lastError?.fix ?? ''}`, `Then send the update ${verbs.join(', ')}.`);
  }
  return lines.join('\n');
}
