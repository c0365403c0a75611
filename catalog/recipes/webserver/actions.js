const { get } = require('node:http');
const { text } = require('node:stream/consumers');

/** How much it is used: requests a second. */
exports.monitor = async ({ hrd, machine }) => ({ 'request-throughput': Number(await read(machine.address, hrd['instance.param.port'], '/throughput')) });

const read = (host, port, path) => new Promise((resolve, reject) => {
  get({ host, port, path, timeout: 5_000 }, (response) => resolve(text(response))).once('error', reject);
});
