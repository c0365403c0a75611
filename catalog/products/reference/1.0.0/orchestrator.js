#!/usr/bin/env node
// Tells every node who its peers are: each then serves them as http://<its address>:8080/peers.json.
'use strict';
const { readFileSync } = require('node:fs');
const { setTimeout: delay } = require('node:timers/promises');

const { CLUSTERDN, GRID_API, GRID_TOKEN, GRID_NODES, GRID_VERB } = process.env;
const WAIT_MS = 300_000;
const AT_ONCE = 8;
const ROLE = 'service1';
const VERBS = { start, stop, restart, status };

async function start() {
  await untilAllNodesRun();
  const peers = nodes().map(({ name, address, addresses }) => ({ name, address, addresses, url: urlOf({ address }) }));
  const text = JSON.stringify(peers, undefined, 2) + '\n';
  await forEach(nodes(), (node) => execute(node, ['tee', 'peers.json'], text));
  await setRole('running');
  console.log(`${peers.length} nodes know each other: curl ${peers[0].url}`);
}

async function stop() {
  await forEach(nodes(), (node) => execute(node, ['rm', '-f', 'peers.json']));
  await setRole('stopped');
}

async function restart() {
  await stop();
  await start();
}

async function status() {
  const answers = await forEach(nodes(), async (node) => {
    const answer = await fetch(urlOf(node), { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    const known = answer?.ok ? (await answer.json()).length : 0;
    console.log(`${node.name} ${urlOf(node)} knows ${known} of ${nodes().length} nodes`);
    return known === nodes().length;
  });
  process.exitCode = answers.every(Boolean) ? 0 : 1;
}

const nodes = () => JSON.parse(readFileSync(GRID_NODES, 'utf8'));
const urlOf = ({ address }) => `http://${address}:8080/peers.json`;
const lifecycle = () => `lifecycles/${CLUSTERDN.replace(/^clusters\//, 'cluster/')}`;
const setRole = (word) => call('PUT', `${lifecycle()}/roles/${ROLE}`, { status: word });

async function untilAllNodesRun() {
  await until(async () => {
    const { nodes: now } = await call('GET', lifecycle());
    if (!now) return ['nobody answers for the nodes'];
    const failed = now.find((node) => node.status === 'failed');
    if (failed) end(1, `node ${failed.name} failed: ${failed.lastOutput ?? 'it printed nothing'}`);
    return now.filter((node) => node.status !== 'running').map((node) => `${node.name} is ${node.status}, not running`);
  });
}

/** Asks until nothing is missing; tells what is whenever that changes. */
async function until(missingNow) {
  const deadline = Date.now() + WAIT_MS;
  let told = '';
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 2_000)) {
    const missing = (await missingNow()).join('; ');
    if (!missing) return;
    if (Date.now() > deadline) end(3, `given up after ${WAIT_MS / 1000} s: ${missing}`);
    if (missing !== told) console.log((told = missing));
    await delay(pauseMs);
  }
}

async function execute(node, argv, stdin = '') {
  const done = await call('POST', `machines/${encodeURIComponent(node.machine)}/exec`, { argv, stdin });
  if (done.exit !== 0) end(1, `${node.name}: ${argv.join(' ')} ended with ${done.exit}: ${done.stderr}`);
  console.log(`${node.name}: ${argv.join(' ')}`);
}

/** One call of the grid's API. It may be restarted meanwhile: all calls made here may be repeated. */
async function call(method, path, body) {
  for (const deadline = Date.now() + WAIT_MS; ; await delay(1_000)) {
    const answer = await fetch(`${GRID_API}/api/v1/${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(GRID_TOKEN ? { authorization: `Bearer ${GRID_TOKEN}` } : {}) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    }).catch((error) => ({ status: 503, text: async () => String(error.cause ?? error) }));
    const text = await answer.text();
    if (answer.ok) return text && JSON.parse(text);
    const mayPass = answer.status >= 500 || answer.status === 429;
    if (!mayPass || Date.now() > deadline) end(1, `${method} ${path}: ${answer.status} ${text}`);
  }
}

/** All of them, a few at a time, so that a large cluster does not flood the grid. */
async function forEach(items, effect) {
  const results = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await effect(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

function end(code, why) {
  console.error(why);
  process.exit(code);
}

if (!CLUSTERDN) end(2, 'CLUSTERDN is not set: this script is run by the grid');
const verb = VERBS[process.argv[2] ?? GRID_VERB];
if (!verb) end(2, `usage: orchestrator ${Object.keys(VERBS).join('|')}`);
verb().catch((error) => end(1, error.stack));
