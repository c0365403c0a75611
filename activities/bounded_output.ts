/** Bytes a command printed, of which only the last `keepBytes` are kept. */
export interface BoundedOutput {
  write(chunk: Buffer): void;
  /** What was kept, as text; begins at a whole character. */
  text(): string;
  /** True when something was dropped. */
  truncated(): boolean;
}

/**
 * A buffer that never holds more than `keepBytes`, however much is written into it, so that a command which prints
 * gigabytes costs what a quiet one costs.
 */
export function boundedOutput(keepBytes: number): BoundedOutput {
  const ring = Buffer.allocUnsafe(keepBytes);
  let written = 0;
  return {
    write(chunk) {
      const kept = chunk.subarray(Math.max(0, chunk.length - keepBytes));
      const at = (written + chunk.length - kept.length) % keepBytes;
      const fitting = Math.min(kept.length, keepBytes - at);
      kept.copy(ring, at, 0, fitting);
      kept.copy(ring, 0, fitting);
      written += chunk.length;
    },
    text() {
      if (written <= keepBytes) return ring.toString('utf8', 0, written);
      const at = written % keepBytes;
      return fromCharacter(Buffer.concat([ring.subarray(at), ring.subarray(0, at)])).toString('utf8');
    },
    truncated: () => written > keepBytes,
  };
}

/** The bytes without the rest of a UTF-8 character that a cut left at their beginning. */
export function fromCharacter(bytes: Buffer): Buffer {
  let start = 0;
  while (start < Math.min(3, bytes.length) && (bytes[start]! & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}

/** The bytes without a UTF-8 character at their end whose rest has not come yet. */
export function toCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
