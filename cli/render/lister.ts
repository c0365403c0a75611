/** Lists as the command of the original prints them (V-4): the same bytes. */

export const LISTER_FORMATS = ['table', 'json', 'csv', 'yaml', 'value'] as const;
export type ListerFormat = (typeof LISTER_FORMATS)[number];
export type ListerCell = string | number;

export interface Listing {
  titles: readonly string[];
  rows: readonly (readonly ListerCell[])[];
}

export async function listed(listing: Listing, format: ListerFormat): Promise<string> {
  switch (format) {
    case 'table':
      return boxed(listing);
    case 'json':
      return JSON.stringify(documents(listing), null, 2);
    case 'csv':
      return [listing.titles, ...listing.rows].map((row) => row.map(quoted).join(',')).join('\n');
    case 'yaml':
      return yamlOf(documents(listing));
    case 'value':
      return listing.rows.map((row) => row.join(' ')).join('\n');
  }
}

const documents = ({ titles, rows }: Listing): Record<string, ListerCell>[] => rows.map((row) => Object.fromEntries(titles.map((title, i) => [title, row[i]!])));

const quoted = (cell: ListerCell): string => (typeof cell === 'number' ? String(cell) : `"${cell.replaceAll('"', '""')}"`);

/** Numbers stand to the right, as the first row has them; nothing at all is an empty line. */
async function boxed({ titles, rows }: Listing): Promise<string> {
  const { widthOf } = await import('./text');
  if (rows.length === 0) return '\n';
  const padded = (text: string, width: number, right: boolean): string => (right ? ' '.repeat(width - widthOf(text)) + text : text + ' '.repeat(width - widthOf(text)));
  const widths = titles.map((title, i) => Math.max(widthOf(title), ...rows.map((row) => widthOf(String(row[i])))));
  const right = titles.map((_, i) => typeof rows[0]![i] === 'number');
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (cells: readonly ListerCell[]) => `|${cells.map((cell, i) => ` ${padded(String(cell), widths[i]!, right[i]!)} `).join('|')}|`;
  return [rule, line(titles), rule, ...rows.map(line), rule].join('\n');
}

async function yamlOf(items: Record<string, ListerCell>[]): Promise<string> {
  const { stringify } = await import('yaml');
  // As the original's library reads text that looks like a time: in quotes it stays text.
  return stringify(items, { version: '1.1', singleQuote: true, sortMapEntries: true, indentSeq: false, lineWidth: 0 });
}
