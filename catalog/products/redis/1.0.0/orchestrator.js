#!/usr/bin/env node
// Makes every replica follow the primary, and says the roles run only when each replica has all of its data.
'use strict';
const { readFileSync } = require('node:fs');
const { connect } = require('node:net');
const { setTimeout: delay } = require('node:timers/promises');

const { CLUSTERDN, GRID_API, GRID_TOKEN, GRID_NODES, GRID_OPTIONS, GRID_VERB } = process.env;
const WAIT_MS = 300_000;
const VERBS = { start, stop, restart, status };

async function start() {
  await untilAllNodesRun();
  const [primary] = inRole('primary');
  const replicas = inRole('replica');
  await Promise.all(nodes().map(untilItAnswers));
  await rescueData(primary, replicas);
  await ask(primary, 'REPLICAOF', 'NO', 'ONE');
  await copy(primary, replicas);
  await setRoles('running');
  console.log(`${primary.name} has ${replicas.length} replicas: redis-cli -h ${primary.address} -p ${port()}`);
}

/** The nodes run on, and the replicas keep what they have: only the grid ends machines. */
async function stop() {
  await forbidCopies(inRole('primary')[0]);
  await setRoles('stopped');
}

async function restart() {
  await stop();
  await start();
}

async function status() {
  const missing = await missingReplication(inRole('primary')[0], inRole('replica'));
  console.log(missing.length === 0 ? 'every replica has the data of the primary' : missing.join('\n'));
  process.exitCode = missing.length === 0 ? 0 : 1;
}

const nodes = () => JSON.parse(readFileSync(GRID_NODES, 'utf8'));
const port = () => JSON.parse(readFileSync(GRID_OPTIONS, 'utf8')).port;
const inRole = (role) => nodes().filter((node) => node.roles.includes(role));
const lifecycle = () => `lifecycles/${CLUSTERDN.replace(/^clusters\//, 'cluster/')}`;

async function setRoles(word) {
  for (const role of ['primary', 'replica'].filter((name) => inRole(name).length > 0)) {
    await call('PUT', `${lifecycle()}/roles/${role}`, { status: word });
    console.log(`role ${role}: ${word}`);
  }
}

async function untilAllNodesRun() {
  await until(async () => {
    const { nodes: now } = await call('GET', lifecycle());
    if (!now) return ['nobody answers for the nodes'];
    const failed = now.find((node) => node.status === 'failed');
    if (failed) end(1, `node ${failed.name} failed: ${failed.lastOutput ?? 'it printed nothing'}`);
    return now.filter((node) => node.status !== 'running').map((node) => `${node.name} is ${node.status}, not running`);
  });
}

const untilItAnswers = (node) => until(async () => ask(node, 'PING').then(() => [], (error) => [`${node.name} does not answer: ${error.message}`]));

/** A primary that lost its data, or came back with what its disk had, first takes over what a replica has beyond that. */
async function rescueData(primary, replicas) {
  const seen = await Promise.all(replicas.map(async (node) => ({ node, ...(await replicationOf(node)) })));
  const first = await replicationOf(primary);
  const isEmpty = (await ask(primary, 'DBSIZE')) === '0';
  // Only within one history do offsets say which data is newer.
  const comparable = (one) => isEmpty || historyOf(one).some((id) => historyOf(first).includes(id));
  const ahead = seen
    .filter((one) => one.master_link_status !== 'up' && offsetOf(one) > offsetOf(first) && comparable(one))
    .sort((one, other) => offsetOf(other) - offsetOf(one));
  if (ahead.length === 0) return;
  const { node: source } = ahead[0];
  console.log(`${source.name} has newer data than ${primary.name}, which takes it over`);
  await ask(source, 'REPLICAOF', 'NO', 'ONE');
  await copy(source, [primary]);
  await ask(primary, 'REPLICAOF', 'NO', 'ONE');
  await forbidCopies(source);
}

const offsetOf = (info) => Number(info.master_repl_offset);
const historyOf = (info) => [info.master_replid, info.master_replid2].filter((id) => !/^0*$/.test(id));

// A replica refused between its PSYNC and the SYNC that it tries next would be served by SYNC, and get nothing after
// the first copy, its link up: so SYNC stays forbidden, and it asks again.
async function copy(source, targets) {
  await ask(source, 'ACL', 'SETUSER', 'default', '+psync');
  await Promise.all(targets.map((target) => ask(target, 'REPLICAOF', source.address, port())));
  await until(() => missingReplication(source, targets));
}

async function forbidCopies(node) {
  await ask(node, 'ACL', 'SETUSER', 'default', '-psync');
  await ask(node, 'CLIENT', 'KILL', 'TYPE', 'replica');
}

/** What is not as it should be, as sentences; an error of a node is one of them. */
async function missingReplication(primary, replicas) {
  const about = async (node) => ({ node, info: await replicationOf(node).catch((error) => ({ error: error.message })) });
  const [first, ...rest] = await Promise.all([primary, ...replicas].map(about));
  const wrong = rest
    .filter(({ info }) => info.master_host !== primary.address || info.master_link_status !== 'up')
    .map(({ node, info }) => `${node.name} does not follow ${primary.name}: ${info.error ?? `role ${info.role}, link ${info.master_link_status ?? 'none'}`}`);
  if (first.info.role !== 'master') wrong.push(`${primary.name} is not a primary: ${first.info.error ?? first.info.role}`);
  else if (Number(first.info.connected_slaves) !== replicas.length) wrong.push(`${primary.name} has ${first.info.connected_slaves} of ${replicas.length} replicas`);
  return wrong;
}

async function replicationOf(node) {
  const text = await ask(node, 'INFO', 'replication');
  return Object.fromEntries(text.split('\r\n').filter((line) => line.includes(':')).map((line) => line.split(/:(.*)/)));
}

/** One command on a connection of its own. */
function ask(node, ...words) {
  const request = words.map(String).map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ host: node.address, port: port(), timeout: 5_000 }, () => socket.write(`*${words.length}\r\n${request.join('')}`));
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      answer += chunk;
      const whole = replyIn(answer);
      if (whole === undefined) return;
      socket.destroy();
      if (answer.startsWith('-')) reject(new Error(whole));
      else resolve(whole);
    });
    socket.on('timeout', () => socket.destroy(new Error('no answer within 5 s')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed')));
  });
}

/** The reply, once all of it is there: a line, or `$<length>` and that many bytes. */
function replyIn(answer) {
  const end = answer.indexOf('\r\n');
  if (end < 0) return undefined;
  if (!answer.startsWith('$')) return answer.slice(1, end);
  const length = Number(answer.slice(1, end));
  return answer.length >= end + 2 + length + 2 ? answer.slice(end + 2, end + 2 + length) : undefined;
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

function end(code, why) {
  console.error(why);
  process.exit(code);
}

if (!CLUSTERDN) end(2, 'CLUSTERDN is not set: this script is run by the grid');
const verb = VERBS[process.argv[2] ?? GRID_VERB];
if (!verb) end(2, `usage: orchestrator ${Object.keys(VERBS).join('|')}`);
verb().catch((error) => end(1, error.stack));
