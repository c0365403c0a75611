// Keeps a page as its things are: what changes is told by the event stream, and the page is asked for again and merged in.
const BETWEEN_MS = 300;
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
    if (main) merge(document.getElementById('main'), main);
    say(main ? 'live' : answer.status === 401 ? 'logged out: load the page again' : `out of date: the server answers ${answer.status}`);
  } catch {
    say('out of date: the server does not answer');
  }
  shownAt = Date.now();
  asking = false;
  if (due) void refresh();
}

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
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

setInterval(() => {
  for (const time of document.querySelectorAll('time[data-ago]')) time.textContent = span(Date.now() - Date.parse(time.dateTime));
}, 5000);

const source = new EventSource(document.body.dataset.events);
source.onerror = () => say('not live: trying again');
source.addEventListener('snapshot', ({ data }) => JSON.parse(data).last === false || void refresh());
for (const kind of ['change', 'progress']) source.addEventListener(kind, () => void refresh());
source.addEventListener('away', () => say('Temporal does not answer; this is how it last was'));
source.addEventListener('end', () => {
  source.close();
  void refresh();
});
document.addEventListener('visibilitychange', () => due && !document.hidden && void refresh());
