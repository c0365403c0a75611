import { readPattern, type CharTest, type PatternNode } from './read_pattern';
import { refuseValue } from './refuse';

type Step = { is: CharTest; next: number } | { only: 'start' | 'end'; next: number } | { fork: number[] };

interface Program {
  steps: Step[];
  first: number;
}

const MAX_STEPS = 2_000;
const MATCHED = -1;

/**
 * True when the whole text matches the regular expression. It follows all possibilities at once, so that the time is in
 * proportion to the text whatever the expression: those of recipes are written by strangers. Raises Problem 400 for
 * `field` when the expression cannot be read ({@link readPattern}) or has more than 2,000 steps.
 */
export function matchesWhole(regex: string, text: string, field: string): boolean {
  const { steps, first } = compile(readPattern(regex, field), field);
  let live = reach(steps, [first], { isStart: true, isEnd: text === '' });
  for (let at = 0; at < text.length && live.size > 0; at++) {
    const after: number[] = [];
    for (const index of live) {
      const step = steps[index];
      if (step && 'is' in step && step.is(text[at]!)) after.push(step.next);
    }
    live = reach(steps, after, { isStart: false, isEnd: at === text.length - 1 });
  }
  return live.has(MATCHED);
}

/** Every step that is reached without a character in between. */
function reach(steps: Step[], from: number[], { isStart, isEnd }: { isStart: boolean; isEnd: boolean }): Set<number> {
  const live = new Set(from);
  // It grows while it is walked.
  for (const index of live) {
    const step = steps[index];
    if (!step || 'is' in step) continue;
    if ('fork' in step) for (const to of step.fork) live.add(to);
    else if (step.only === 'start' ? isStart : isEnd) live.add(step.next);
  }
  return live;
}

function compile(pattern: PatternNode, field: string): Program {
  const steps: Step[] = [];
  const add = (step: Step) => (steps.length < MAX_STEPS ? steps.push(step) - 1 : refuseValue(field, `its regex has more than ${MAX_STEPS} steps`, 'Repeat less.'));

  /** Puts the steps of a node before `next`, and says where they begin. */
  const before = (next: number, node: PatternNode): number => {
    switch (node.kind) {
      case 'char':
        return add({ is: node.is, next });
      case 'all':
        return node.of.reduceRight(before, next);
      case 'any':
        return add({ fork: node.of.map((one) => before(next, one)) });
      case 'repeat':
        return repeated(next, node);
      default:
        return add({ only: node.kind, next });
    }
  };

  const repeated = (next: number, { what, min, max }: Extract<PatternNode, { kind: 'repeat' }>): number => {
    let entry = next;
    if (max === Infinity) {
      const fork = [next];
      entry = add({ fork });
      fork.push(before(entry, what));
    } else {
      for (let i = min; i < max; i++) entry = add({ fork: [before(entry, what), next] });
    }
    for (let i = 0; i < min; i++) entry = before(entry, what);
    return entry;
  };

  return { steps, first: before(MATCHED, pattern) };
}
