import { setTimeout as delay } from 'node:timers/promises';
import { context, defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { core, NodeSDK, resources } from '@opentelemetry/sdk-node';
import type { MemberKind } from '../../model/members';
import { VERSION } from '../../version';
import type { Tracing } from './tracing';

const END_MS = 3_000;
const KINDS = { request: SpanKind.SERVER, activity: SpanKind.CONSUMER } as const;

/**
 * Begins to trace as OpenTelemetry's variables say (`OTEL_EXPORTER_OTLP_…`, `OTEL_TRACES_SAMPLER…`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`).
 * Metrics and logs go other ways, and what a process was called with is nobody's business.
 */
export function startTracing(kind: MemberKind, env: NodeJS.ProcessEnv): Tracing {
  const isNamed = env['OTEL_SERVICE_NAME'] || /(^|,)\s*service\.name=/.test(env['OTEL_RESOURCE_ATTRIBUTES'] ?? '');
  const sdk = new NodeSDK({
    ...(isNamed ? {} : { serviceName: `service-grid-${kind}` }),
    resource: resources.defaultResource().merge(resources.resourceFromAttributes({ 'service.version': VERSION, 'grid.process': kind })),
    resourceDetectors: [resources.envDetector, resources.hostDetector],
    metricReaders: [], logRecordProcessors: [],
  });
  sdk.start();
  const tracer = trace.getTracer('service-grid', VERSION);
  // Nothing but ids: what else a caller sends along would be in histories for a year.
  const propagator = new core.W3CTraceContextPropagator();
  return {
    span({ name, kind: of, of: traceparent, about }, work) {
      const parent = traceparent === undefined ? context.active() : propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
      return tracer.startActiveSpan(name, { kind: KINDS[of], attributes: about }, parent, async (span) => {
        const fail = (message: string): void => void span.setStatus({ code: SpanStatusCode.ERROR, message });
        try {
          return await work({ name: (text) => void span.updateName(text), about: (more) => void span.setAttributes(more), fail });
        } catch (error) {
          fail((error as Error).message);
          throw error;
        } finally {
          span.end();
        }
      });
    },
    here() {
      const carrier: { traceparent?: string } = {};
      propagator.inject(context.active(), carrier, defaultTextMapSetter);
      return carrier.traceparent;
    },
    end: () => Promise.race([sdk.shutdown().catch(() => undefined), delay(END_MS, undefined, { ref: false })]),
  };
}
