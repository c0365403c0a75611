// Keeps a page as its things are: when the event stream tells of a change, or it is time to look at what is measured, the
// page is asked for again and merged in.
const BETWEEN_MS = 300;
const SETTLED_MS = 1_500;
const { events, every } = document.body.dataset;
const news = document.getElementById('news');
let asking = false;
let due = false;
let shownAt = 0;

function say(text) {
  if (news.textContent !== text) news.textContent = text;
}

async function refresh() {
  if (document.hidden || asking) {
    due = true;
    return;
  }
  asking = true;
  due = false;
  await new Promise((done) => setTimeout(done, Math.max(0, shownAt + BETWEEN_MS - Date.now())));
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    const main = answer.ok && new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('main');
    if (main) show(main);
    say(main ? 'live' : answer.status === 401 ? 'logged out: load the page again' : `out of date: the server answers ${answer.status}`);
  } catch {
    say('out of date: the server does not answer');
  }
  shownAt = Date.now();
  asking = false;
  if (due) void refresh();
}

function show(main) {
  merge(document.getElementById('main'), main);
  draw();
}

function draw() {
  drawTraces();
  drawCompared();
}

// ---- where measured values were lately, as long as somebody looks ----------------------------------------------------

const KEPT = 60;
const SVG = 'http://www.w3.org/2000/svg';
const traces = new Map();

function drawTraces() {
  const there = [...document.querySelectorAll('[data-trace]')];
  const names = new Set(there.map((one) => one.dataset.trace));
  for (const name of traces.keys()) if (!names.has(name)) traces.delete(name);
  for (const one of there) {
    const values = [...(traces.get(one.dataset.trace) ?? []), Number(one.dataset.value)].slice(-KEPT);
    traces.set(one.dataset.trace, values);
    one.replaceChildren(...(values.length > 1 ? [chart(values)] : []));
  }
}

/** From nothing to the most there was; the number itself stands beside it. */
function chart(values) {
  const most = Math.max(...values, 0);
  const least = Math.min(...values, 0);
  const points = values.map((value, n) => `${n},${20 - ((value - least) / (most - least || 1)) * 18 - 1}`);
  const line = drawn('polyline', { points: points.join(' ') });
  return drawn('svg', { class: 'trace', viewBox: `0 0 ${values.length - 1} 20`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, line);
}

function drawn(name, attributes, ...inside) {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  one.append(...inside);
  return one;
}

// ---- what a rule compares with its limits: what the server kept, and what was seen since the page was opened -----------

/** By line, its values by their times. */
const compared = new Map();

function drawCompared() {
  for (const one of document.querySelectorAll('[data-compared]')) one.replaceChildren(picture(JSON.parse(one.dataset.compared)));
}

function picture({ of, from, until, limits, lines }) {
  for (const name of compared.keys()) if (!(name in lines)) compared.delete(name);
  const drawnLines = Object.entries(lines).map(([name, points]) => {
    const all = new Map([...(compared.get(name) ?? []), ...points].filter(([at]) => at >= from).sort(([a], [b]) => a - b));
    compared.set(name, all);
    return [...all];
  });
  const values = drawnLines.flat().map(([, value]) => value);
  const [least, most] = [Math.min(...values, ...limits.map(([at]) => at)), Math.max(...values, ...limits.map(([at]) => at))];
  const down = (value) => 85 - ((value - least) / (most - least || 1)) * 70;
  const across = (at) => ((at - from) / (until - from)) * 100;
  const polylines = drawnLines.filter((points) => points.length > 0).map((points) => {
    // A value that is alone is a point.
    const ends = points.length === 1 ? [points[0], points[0]] : points;
    return drawn('polyline', { points: ends.map(([at, value]) => `${across(at)},${down(value)}`).join(' ') });
  });
  const seen = values.length === 0 ? 'no value' : `from ${Math.min(...values)} to ${Math.max(...values)}`;
  return drawn(
    'svg', { class: 'compared', role: 'img', 'aria-label': `${of} in the last five minutes: ${seen}; ${limits.map(([, label]) => label).join(', ')}` },
    drawn('svg', { viewBox: '0 0 100 100', preserveAspectRatio: 'none' }, ...polylines),
    drawn('text', { x: '100%', y: '100%', dx: '-6', dy: '-.5em', 'text-anchor': 'end' }, 'the last five minutes'),
    ...limits.flatMap(([at, label], n) => [
      drawn('line', { x1: '0', x2: '100%', y1: `${down(at)}%`, y2: `${down(at)}%` }),
      drawn('text', { x: '6', y: `${down(at)}%`, dy: n === 0 ? '-.35em' : '1.1em' }, label),
    ]),
  );
}

// ---- merging ---------------------------------------------------------------------------------------------------------

/** Makes one element like another and keeps what is alike: focus, selection and what is folded out stay. */
function merge(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const wanted = [...fresh.childNodes];
  wanted.forEach((node, n) => {
    const had = old.childNodes[n];
    if (!had) old.append(node);
    else if (!isLike(had, node)) placeBefore(old, had, node);
    else if (had.nodeType === Node.ELEMENT_NODE) merge(had, node);
    else if (had.data !== node.data) had.data = node.data;
  });
  while (old.childNodes.length > wanted.length) old.lastChild.remove();
}

const isLike = (one, other) => one.nodeName === other.nodeName && one.id === other.id;

/** One that is further down comes up; else the new one comes in. */
function placeBefore(parent, at, node) {
  let later = at.nextSibling;
  while (node.id && later && !isLike(later, node)) later = later.nextSibling;
  if (!node.id || !later) return parent.insertBefore(node, at);
  parent.insertBefore(later, at);
  return merge(later, node);
}

/** As `span` of the server says it. */
function span(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

setInterval(() => {
  for (const time of document.querySelectorAll('time[data-ago]')) time.textContent = span(Date.now() - Date.parse(time.dateTime));
}, 5000);

if (events !== undefined) listen(events);
if (every !== undefined) setInterval(() => void refresh(), Number(every));
draw();
document.addEventListener('visibilitychange', () => due && !document.hidden && void refresh());

/** @param again in so many ms, where the server answers that it cannot: a browser itself tries again only where nobody answers */
function listen(path, again = 1_000) {
  const source = new EventSource(path);
  source.onopen = () => (again = 1_000);
  source.onerror = () => {
    say('not live: trying again');
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(path, Math.min(again * 2, 30_000)), again);
  };
  source.addEventListener('snapshot', ({ data }) => JSON.parse(data).last === false || void refresh());
  let settled;
  for (const kind of ['change', 'progress']) {
    source.addEventListener(kind, () => {
      void refresh();
      // Another process of the API may answer than the one that told.
      clearTimeout(settled);
      settled = setTimeout(() => void refresh(), SETTLED_MS);
    });
  }
  source.addEventListener('away', () => say('Temporal does not answer; this is how it last was'));
  source.addEventListener('end', () => {
    source.close();
    void refresh();
  });
}
