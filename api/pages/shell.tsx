import { html } from 'hono/html';
import type { Caller } from '../../model/access';
import type { View } from './page';

const PLACES = [
  ['/', 'Overview'],
  ['/ui/lifecycles', 'Lifecycles'],
  ['/ui/machines', 'Machines'],
  ['/ui/launch', 'Launch'],
  ['/ui/environment', 'Environment'],
  ['/ui/members', 'Members'],
  ['/ui/audit', 'Audit'],
  ['/docs', 'API'],
] as const;

/** What is around every page. */
export const shell = ({ title, body, events, everyMs }: View, path: string, caller: Caller | undefined) => html`<!doctype html>${(
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{title === 'Service Grid' ? title : `${title} · Service Grid`}</title>
      <link rel="icon" href="/ui/icon.svg" type="image/svg+xml" />
      <link rel="stylesheet" href="/ui/page.css" />
      {events === undefined && everyMs === undefined ? null : <script src="/ui/live.js" defer></script>}
    </head>
    <body data-events={events} data-every={everyMs}>
      <a class="to-main" href="#main">Skip to the content</a>
      <header>
        <nav aria-label="Pages">
          {PLACES.map(([to, name]) => <a href={to} aria-current={to === path ? 'page' : undefined}>{name}</a>)}
        </nav>
        <span id="news" role="status"></span>
        {caller ? <Who {...caller} /> : null}
      </header>
      <main id="main" tabindex={-1}>{body}</main>
    </body>
  </html>
)}`;

const Who = ({ name, role }: Caller) => (
  <form method="post" action="/ui/logout" class="who">
    <span>{name} ({role})</span> <button type="submit">Log out</button>
  </form>
);
