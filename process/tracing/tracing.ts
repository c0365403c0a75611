import type { MemberKind } from '../../model/members';

export type About = Record<string, string | number | undefined>;

/** What goes on, as a trace shows it. */
export interface Span {
  name(name: string): void;
  about(about: About): void;
  fail(why: string): void;
}

export interface SpanOf {
  name: string;
  kind: 'request' | 'activity';
  /** The span that it is part of, as a `traceparent`; none: the one that goes on here, or a trace begins. */
  of?: string;
  about: About;
}

/** Spans of what this process does, in the trace of whoever asked for it. */
export interface Tracing {
  /** Does something as a span; what it throws is thrown on. */
  span<T>(what: SpanOf, work: (span: Span) => Promise<T>): Promise<T>;
  /** `traceparent` of the span that goes on here. */
  here(): string | undefined;
  /** Sends what is left, and takes seconds at most. */
  end(): Promise<void>;
}

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

const isWanted = (env: NodeJS.ProcessEnv): boolean => ENDPOINTS.some((name) => env[name]) && env['OTEL_SDK_DISABLED'] !== 'true' && env['OTEL_TRACES_EXPORTER'] !== 'none';

/** Traces, where OpenTelemetry's own variables name somebody who takes them; else nothing of it is loaded. */
export const openTracing = async (kind: MemberKind, env: NodeJS.ProcessEnv = process.env): Promise<Tracing | undefined> =>
  isWanted(env) ? (await import('./open_telemetry')).startTracing(kind, env) : undefined;
