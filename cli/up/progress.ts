/** Takes one line of progress; what it does with it is the caller's matter. */
export type Tell = (line: string) => void;
/** Says what is going on right now inside a longer piece of work. */
export type Note = (detail: string) => void;

const QUIET_MS = 2_000;
const EVERY_MS = 5_000;

/**
 * Does the work and tells about it only where it takes over two seconds: that it goes on, how long it has taken and
 * what it is at, every five seconds, and at its end how long it took.
 */
export async function during<T>(what: string, tell: Tell, work: (note: Note) => Promise<T>): Promise<T> {
  const started = performance.now();
  let detail = '';
  let told = false;
  const speak = () => {
    told = true;
    tell(`${what} … ${seconds(started)}${detail && `: ${detail}`}`);
  };
  let timer = setTimeout(function again() {
    speak();
    timer = setTimeout(again, EVERY_MS);
  }, QUIET_MS);
  try {
    const result = await work((text) => (detail = text));
    if (told) tell(`${what}: done in ${seconds(started)}`);
    return result;
  } finally {
    clearTimeout(timer);
  }
}

function seconds(started: number): string {
  const total = Math.round((performance.now() - started) / 1000);
  return total < 60 ? `${total} s` : `${Math.floor(total / 60)} min ${total % 60} s`;
}
