const { createServer } = require('node:http');

const { GRID_ADDRESS, PORT, MESSAGE, INSTANCE } = process.env;
const SECONDS = 10;

/** Requests of each of the last seconds, by the second. */
const counts = new Map();

const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  if (request.url === '/health') return response.end('ok\n');
  if (request.url === '/throughput') return response.end(`${throughput()}\n`);
  count();
  response.end(`${INSTANCE}: ${MESSAGE}\n`);
});

function count() {
  const second = Math.floor(Date.now() / 1000);
  counts.set(second, (counts.get(second) ?? 0) + 1);
  for (const old of counts.keys()) {
    if (old < second - SECONDS) counts.delete(old);
  }
}

/** Requests a second, over the last whole seconds. */
function throughput() {
  const now = Math.floor(Date.now() / 1000);
  const recent = [...counts].filter(([second]) => second < now && second >= now - SECONDS);
  return recent.reduce((sum, [, requests]) => sum + requests, 0) / SECONDS;
}

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
server.listen(Number(PORT), GRID_ADDRESS, () => console.log(`${INSTANCE} listens on ${GRID_ADDRESS}:${PORT}`));
