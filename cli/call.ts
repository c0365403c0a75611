import type { Answer, Api, CallOptions } from './api';
import type { paths } from './openapi';

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';
/** The paths of the API that have this method. */
export type PathOf<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths];
type Operation<M extends Method, P extends keyof paths> = paths[P] extends Record<M, infer O> ? O : never;

/** What stands in the path and in the query; and the body, where it takes one. */
type Given<O> = (O extends { parameters: { path: infer V } } ? { path: V } : { path?: never })
  & (O extends { parameters: { query?: infer V } } ? { query?: V } : unknown)
  & (O extends { requestBody: { content: { 'application/json': infer B } } } ? { body: B } : O extends { requestBody?: { content: { 'application/json': infer B } } } ? { body?: B } : unknown);

/** What the body of a call may have. */
export type BodyOf<M extends Method, P extends PathOf<M>> = Operation<M, P> extends { requestBody?: { content: { 'application/json': infer B } } } ? B : never;

type Content<A> = A extends { content: { 'application/json': infer R } } ? R : never;
type Answered<O> = O extends { responses: infer R } ? Content<R[Extract<200 | 201 | 202, keyof R>]> : never;
/** What a successful call of an operation answers, as the document of the API has it. */
export type AnswerOf<M extends Method, P extends PathOf<M>> = Answered<Operation<M, P>>;

/** One call as the document of the API (`openapi.ts`) has it: another path, parameter or body does not compile. */
export function call<M extends Method, P extends PathOf<M>>(api: Api, method: M, template: P, given: Given<Operation<M, P>>, options: Omit<CallOptions, 'body'> = {}): Promise<Answer<AnswerOf<M, P>>> {
  const { path, query, body } = given as { path?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown };
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => pathPart(String(path?.[name])));
  const search = new URLSearchParams(Object.entries(query ?? {}).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]))).toString();
  return api.call(method.toUpperCase(), search ? `${filled}?${search}` : filled, { ...options, ...(body === undefined ? {} : { body }) });
}

/** Ids of lifecycles have slashes, which stay. */
export const pathPart = (id: string): string => id.split('/').map(encodeURIComponent).join('/');
