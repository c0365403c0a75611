import type { Child } from 'hono/jsx';
import type { ContentfulStatusCode as Status } from 'hono/utils/http-status';
import type { Caller } from '../../model/access';
import { endpoint, type Endpoint, type Route } from '../http/endpoint';
import type { Ctx, Grid } from '../http/grid';
import { shell } from './shell';

type Given<P extends Route['params'], Q extends Route['query']> = Parameters<typeof endpoint<NonNullable<P>, NonNullable<Q>>>;

/** What a page shows. */
export interface View {
  title: string;
  body: Child;
  /** Path of the events that say when it is out of date; none: it does not change by itself. */
  events?: string;
  /** What is measured is in no event: it is looked at again this often. */
  everyMs?: number;
  /** 200 where nothing else is said. */
  status?: Status;
}

/** A page, for people: what it takes is checked as that of every other endpoint; it is in no OpenAPI document. */
export function page<P extends NonNullable<Route['params']>, Q extends NonNullable<Route['query']>>(
  route: Pick<Route<P, Q>, 'method' | 'path' | 'role' | 'params' | 'query'>,
  handle: (c: Ctx, input: Parameters<Given<P, Q>[1]>[1], grid: Grid) => Promise<View | Response> | View | Response,
): Endpoint {
  return endpoint<P, Q>({ ...route, tag: 'pages', summary: '', answers: {} }, async (c, input, grid) => {
    const view = await handle(c, input, grid);
    return view instanceof Response ? view : answerPage(c, view, grid.config.tokens === undefined ? undefined : grid.caller);
  });
}

/** @param caller who has logged in, where one has to */
export function answerPage(c: Ctx, view: View, caller: Caller | undefined): Response | Promise<Response> {
  // It says what one caller may see, now.
  c.header('Cache-Control', 'no-store');
  return c.html(shell(view, c.req.path, caller), view.status);
}

/** Where a lifecycle is shown. */
export const lifecyclePath = (id: string): string => `/ui/lifecycles/${encodeURI(id)}`;

/** Where a command is looked at before it is sent. */
export const commandPath = (verb: string, id: string): string => `/ui/do/${verb}/${encodeURI(id)}`;

/** Where a cluster gets other options, or a service another number of instances. */
export const scalePath = (id: string): string => `/ui/scale/${encodeURI(id)}`;

export const launchPath = (product: string, version: string): string => `/ui/launch/${product}/${version}`;
