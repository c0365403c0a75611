import { readFile } from 'node:fs/promises';

const MEMORY_SECTION = 5;
const PAGE_BYTES = 65_536;

/** Memory that a template may use, all of it: source, values, result. */
export const TEMPLATE_MEMORY_MIB = 64;

/** Node's own types know what WebAssembly yields, but not the functions of it. */
const runtime = globalThis as unknown as { WebAssembly: { compile(bytes: Uint8Array): Promise<WebAssembly.Module> } };

let compiled: Promise<WebAssembly.Module> | undefined;

/** Where the engine's JavaScript is found. */
export const enginePath = (): string => require.resolve('minijinja-js');

/** The template engine, compiled once a process, which can never get more memory than {@link TEMPLATE_MEMORY_MIB}. */
export function templateEngine(): Promise<WebAssembly.Module> {
  compiled ??= readFile(enginePath().replace(/\.js$/, '_bg.wasm')).then((bytes) =>
    runtime.WebAssembly.compile(withMemoryLimit(bytes, (TEMPLATE_MEMORY_MIB * 1_048_576) / PAGE_BYTES)),
  );
  return compiled;
}

/**
 * The same WebAssembly module with a maximum on its one memory, which the engine comes without. The virtual machine
 * then refuses to grow it beyond, whatever a template does; limits of a worker thread do not count such memory.
 */
export function withMemoryLimit(module: Uint8Array, maxPages: number): Uint8Array {
  for (let start = 8; start < module.length; ) {
    const size = readNumber(module, start + 1);
    const end = size.next + size.value;
    if (module[start] === MEMORY_SECTION) {
      const minPages = readNumber(module, size.next + 2).value;
      const body = [1, 1, ...writeNumber(minPages), ...writeNumber(maxPages)];
      return Buffer.concat([module.subarray(0, start), Uint8Array.of(MEMORY_SECTION, ...writeNumber(body.length), ...body), module.subarray(end)]);
    }
    start = end;
  }
  throw new RangeError('the template engine has no memory of its own to limit');
}

/** LEB128, the way WebAssembly writes numbers: seven bits a byte, the lowest first. */
function readNumber(bytes: Uint8Array, at: number): { value: number; next: number } {
  const byte = bytes[at]!;
  const rest = byte & 128 ? readNumber(bytes, at + 1) : { value: 0, next: at + 1 };
  return { value: (byte & 127) + rest.value * 128, next: rest.next };
}

const writeNumber = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...writeNumber(value >>> 7)]);
