/**
 * What runs in the thread of a template, as text: a thread needs a program of its own, and a text goes with whatever
 * file this is built into. It sees one job, does it, and says how far it got:
 * `{step: 'ready'}`, `{step: 'rendered', text}`, `{step: 'parsed', json, lines, twice}` or `{step: 'failed', …}`.
 */
export const THREAD_CODE = String.raw`
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { engine, enginePath, yamlPath, job } = workerData;
const MAX_WIDTH = 1000;

const say = (message) => parentPort.postMessage(message);

class Refused extends Error {
  constructor(why, more) {
    super(why);
    this.more = { why, ...more };
  }
}

/* The engine compiles itself when it is loaded; here it takes the one that has a limit on its memory. */
function loadEngine() {
  const Module = WebAssembly.Module;
  WebAssembly.Module = function () { return engine; };
  try {
    return require(enginePath).Environment;
  } finally {
    WebAssembly.Module = Module;
  }
}

function makeEnvironment() {
  const environment = new (loadEngine())();
  environment.enablePyCompat();
  environment.undefinedBehavior = 'strict';
  environment.debug = true;
  environment.fuel = job.fuel;
  environment.addFilter('format', (text, ...values) => noted(() => format(String(text), values), 'format of "' + String(text).slice(0, 60) + '"'));
  return environment;
}

/* A filter that throws breaks the engine: its error waits until the engine is done. */
let filterError;

function noted(filter, name) {
  try {
    return filter();
  } catch (error) {
    filterError ??= name + ': ' + error.message;
    return '';
  }
}

/* printf as in Jinja2: %s %d %i %f %e %g %x %X %o %%, with flags, width, precision and names. */
function format(text, values) {
  const named = values.length === 1 && values[0] instanceof Map ? values[0] : new Map();
  let next = 0;
  const value = (name) => {
    if (name !== undefined ? !named.has(name) : next >= values.length) throw new Error(name === undefined ? 'there are too few values' : 'there is no value ' + name);
    return name !== undefined ? named.get(name) : values[next++];
  };
  return text.replace(/%(?:\((\w+)\))?([-+ 0#]*)(\d*)(?:\.(\d+))?(.?)/g, (all, name, flags, width, precision, kind) => {
    if (kind === '%') return '%';
    if (!'sdiufFeEgGxXo'.includes(kind) || kind === '') throw new Error(all + ' is not known');
    if (Number(width) > MAX_WIDTH || Number(precision) > 100) throw new Error(all + ' is too wide');
    const body = written(kind, value(name), precision === undefined ? undefined : Number(precision));
    const sign = /[sxXo]/.test(kind) || body.startsWith('-') ? '' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
    const room = Number(width) || 0;
    if (flags.includes('-')) return (sign + body).padEnd(room);
    if (!flags.includes('0') || kind === 's') return (sign + body).padStart(room);
    const minus = body.startsWith('-') ? '-' : sign;
    return minus + body.replace('-', '').padStart(room - minus.length, '0');
  });
}

function written(kind, value, precision) {
  if (kind === 's') {
    const text = value === null ? 'none' : typeof value === 'object' ? JSON.stringify(value instanceof Map ? Object.fromEntries(value) : value) : String(value);
    return precision === undefined ? text : text.slice(0, precision);
  }
  const number = Number(value);
  if (typeof value === 'object' || value === '' || Number.isNaN(number)) throw new Error('%' + kind + ' needs a number');
  const upper = kind === kind.toUpperCase();
  const text = {
    f: () => number.toFixed(precision ?? 6),
    e: () => number.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2'),
    g: () => String(Number(number.toPrecision(Math.max(1, precision ?? 6)))),
    x: () => Math.trunc(number).toString(16),
    o: () => Math.trunc(number).toString(8),
  }[kind.toLowerCase()] ?? (() => String(Math.trunc(number)));
  return upper ? text().toUpperCase() : text();
}

function check(environment) {
  environment.addTemplate('template', job.template);
}

function render(environment) {
  const text = environment.renderStr(job.template, job.variables);
  if (filterError) throw new Refused('engine', { text: filterError });
  const bytes = Buffer.byteLength(text);
  if (bytes > job.outputBytes) throw new Refused('output', { bytes });
  return text;
}

/* Both kinds are read as YAML, of which JSON is a part: with lines, and forgiving a comma at the end of a list. */
function parse(text) {
  const yaml = require(yamlPath);
  const lineCounter = new yaml.LineCounter();
  const doc = yaml.parseDocument(job.json ? text.replaceAll('\t', ' ') : text, { lineCounter, merge: true, stringKeys: true, uniqueKeys: false, logLevel: 'error' });
  const [error] = doc.errors;
  if (error) throw new Refused('syntax', { text: error.message.split('\n')[0].replace(/ at line \d+, column \d+:?$/, ''), line: lineCounter.linePos(error.pos[0]).line });
  const lines = new Map();
  const twice = [];
  place(yaml, lineCounter, doc.contents, [], lines, twice);
  const json = JSON.stringify(doc.toJS({ maxAliasCount: 100 })) ?? 'null';
  if (json.length > 4 * job.outputBytes) throw new Refused('output', { bytes: json.length });
  return { json, lines, twice };
}

/* Notes the line of every path, and every key that a map has twice. */
function place(yaml, lineCounter, node, path, lines, twice) {
  const note = (key, child, range) => {
    const below = [...path, key];
    const id = below.join('\0');
    const line = range ? lineCounter.linePos(range[0]).line : undefined;
    if (yaml.isMap(node) && lines.has(id) && key !== '<<') twice.push({ path: below, line, first: lines.get(id) });
    lines.set(id, line);
    place(yaml, lineCounter, child, below, lines, twice);
  };
  if (yaml.isSeq(node)) node.items.forEach((item, i) => note(i, item, item.range));
  if (yaml.isMap(node)) for (const { key, value } of node.items) note(String(yaml.isScalar(key) ? key.value : key), value, key?.range);
}

/* Only the first line of the engine's message: what follows shows the values of all variables. */
function explain(error) {
  if (error instanceof Refused) return error.more;
  if (error instanceof WebAssembly.RuntimeError) return { why: 'memory' };
  if (error instanceof RangeError) return { why: 'depth' };
  if (/alias count/i.test(error.message)) return { why: 'aliases' };
  const [first, ...rest] = String(error.message).split('\n');
  const line = /\(in (?:<string>|template):(\d+)\)/.exec(first)?.[1];
  return { why: 'engine', text: first.replace(/ \(in [^)]*:\d+\)/, '').slice(0, 300), line: line && Number(line), at: marked(rest) };
}

/* The piece of the template that the engine underlines. */
function marked(lines) {
  const at = lines.findIndex((line) => /^ *i +\^+/.test(line));
  const start = at > 0 ? lines[at].indexOf('^') : 0;
  return at > 0 ? lines[at - 1].slice(start, lines[at].lastIndexOf('^') + 1).slice(0, 80) : undefined;
}

try {
  const environment = makeEnvironment();
  if (job.parse) require(yamlPath);
  say({ step: 'ready' });
  let text = job.template;
  if (job.kind === 'check') check(environment);
  else say({ step: 'rendered', text: (text = render(environment)) });
  say({ step: 'parsed', ...(job.parse ? parse(text) : {}) });
} catch (error) {
  say({ step: 'failed', ...explain(error) });
}
`;
