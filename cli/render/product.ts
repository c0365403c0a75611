import type { OptionValue, ProductOptions } from '../../model/product';
import type { ProductMetadata } from '../endpoints';
import type { Paper } from './paper';
import { table, type Column } from './table';
import { clean } from './text';

const OPTIONS: Column[] = [{ title: 'OPTION', keep: true }, { title: 'KIND', keep: true }, { title: 'DEFAULT' }, { title: 'MEANING' }];

const valueText = (value: OptionValue): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A product as an order form: what must be said, what may be, and how to launch it. */
export function productText({ name, version, description }: ProductMetadata, options: ProductOptions, paper: Paper): string {
  const group = (kind: 'required' | 'optional' | 'advanced') =>
    Object.entries(options[kind] ?? {}).map(([option, value]) => [
      option, kind === 'required' ? { text: kind, paint: paper.color.yellow } : kind, kind === 'required' ? `e.g. ${valueText(value)}` : valueText(value),
      options.descriptions?.[option] ?? '',
    ]);
  const rows = [...group('required'), ...group('optional'), ...group('advanced')];
  const needed = Object.entries(options.required ?? {}).map(([option, value]) => ` ${option}=${quoted(valueText(value))}`);
  return [
    `${paper.color.bold(`${name}/${version}`)}  ${clean(description ?? '')}`.trimEnd(),
    rows.length ? table(OPTIONS, rows, paper) : 'no options',
    `launch it with \`${paper.grid} launch ${name}/${version}${needed.join('')}\``,
  ].join('\n\n');
}

/** Fit to be pasted into a shell. */
const quoted = (text: string): string => (/^[\w.,:/@%+-]+$/.test(text) ? text : `'${clean(text).replaceAll("'", `'\\''`)}'`);
