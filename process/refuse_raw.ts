import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { problem, type Problem } from '../model/errors';

type ClientError = Error & { code?: string; bytesParsed?: number };

const PROBLEMS: Record<string, () => Problem> = {
  HPE_HEADER_OVERFLOW: () => problem(431, 'headers_too_large', 'the headers are larger than 16 KiB', 'Send fewer, or shorter ones.'),
  ERR_HTTP_REQUEST_TIMEOUT: () => problem(408, 'too_slow', 'the request did not come in time', 'Send it again, all of it at once.'),
};
const notHttp = (): Problem => problem(400, 'not_http', 'this is no HTTP request', 'Send HTTP/1.1.');

const WORDS: Record<number, string> = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' };

/** What never becomes a request is answered by a problem document too, and its connection ended. */
export function refuseRaw(server: Server): void {
  server.on('clientError', (error: ClientError, socket: Socket) => {
    // Whoever was answered before, or is gone, is not told.
    if (error.code === 'ECONNRESET' || !socket.writable || (socket as Socket & { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent) return void socket.destroy();
    const { status, code, error: title, message, fix } = (PROBLEMS[error.code ?? ''] ?? notHttp)();
    const body = JSON.stringify({ type: `urn:service-grid:problem:${code}`, title, status, detail: message, code, fix });
    socket.end(`HTTP/1.1 ${status} ${WORDS[status]}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`);
  });
}
