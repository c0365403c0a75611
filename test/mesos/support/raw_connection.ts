import { connect, type Socket } from 'node:net';

/** One HTTP answer on a raw connection: its head at once, its records or its body as they come. */
export interface RawAnswer {
  statusLine: string;
  status: number;
  headers: Record<string, string>;
  /** Chunks of a stream, or the whole body. */
  chunks: string[];
  /** The last chunk came, or all of the body. */
  whole: boolean;
}

/** A TCP connection on which bytes are sent as they are, and answers are read as they come. */
export interface RawConnection {
  answers: RawAnswer[];
  /** Who ended it, once it is. */
  ended: 'us' | 'them' | undefined;
  send(bytes: Buffer | string): void;
  /** Says that nothing more is sent. */
  finish(): void;
  destroy(): void;
  onChange: () => void;
}

export function openRaw(port: number, host = '127.0.0.1'): RawConnection {
  const socket: Socket = connect({ port, host, allowHalfOpen: true });
  let held = Buffer.alloc(0);
  const one: RawConnection = {
    answers: [], ended: undefined, onChange: () => {},
    send: (bytes) => void socket.write(bytes),
    finish: () => void socket.end(),
    destroy() {
      one.ended = 'us';
      socket.destroy();
    },
  };
  const over = () => {
    one.ended ??= 'them';
    socket.destroy();
    one.onChange();
  };
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (take());
    one.onChange();
  });
  socket.on('end', over).on('error', over);

  function take(): boolean {
    const last = one.answers.at(-1);
    if (last && !last.whole) return takeBody(last);
    const end = held.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [statusLine = '', ...lines] = held.toString('latin1', 0, end).split('\r\n');
    held = held.subarray(end + 4);
    const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
    one.answers.push({ statusLine, status: Number(statusLine.split(' ')[1]), headers, chunks: [], whole: false });
    return true;
  }

  function takeBody(answer: RawAnswer): boolean {
    if (answer.headers['Transfer-Encoding'] !== 'chunked') {
      const length = Number(answer.headers['Content-Length'] ?? 0);
      // What answers a HEAD has a length and no body; nothing else follows it here.
      if (held.length < length) return false;
      answer.chunks.push(held.toString('utf8', 0, length));
      held = held.subarray(length);
      answer.whole = true;
      return true;
    }
    const line = held.indexOf('\r\n');
    if (line < 0) return false;
    const size = Number.parseInt(held.toString('latin1', 0, line), 16);
    if (held.length < line + 2 + size + 2) return false;
    if (size === 0) answer.whole = true;
    else answer.chunks.push(held.toString('utf8', line + 2, line + 2 + size));
    held = held.subarray(line + 2 + size + 2);
    return true;
  }
  return one;
}
