const LONGEST_READ = 8192;
const LONGEST_TOLD = 300;

/**
 * What a connector said, for a message to a person: the sentence of a JSON error, what an HTML error page quotes (G-9)
 * or else its text, in one line of at most 300 characters.
 */
export function plainText(answer: string): string {
  const text = sentenceIn(answer) ?? withoutTags(answer.slice(0, LONGEST_READ));
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ').replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_TOLD ? `${line.slice(0, LONGEST_TOLD - 1)}…` : line;
}

function sentenceIn(answer: string): string | undefined {
  try {
    const said = JSON.parse(answer) as { message?: unknown } | null;
    return typeof said?.message === 'string' ? withoutTags(said.message.slice(0, LONGEST_READ)) : undefined;
  } catch {
    return undefined;
  }
}

function withoutTags(text: string): string {
  const quoted = /<pre>([^<]*)<\/pre>/i.exec(text)?.[1];
  return quoted ?? text.replace(/<(style|script|head)\b[\s\S]*?<\/\1\s*>/gi, ' ').replace(/<[^>]*>?/g, ' ');
}
