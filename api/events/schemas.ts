import { z, type RouteConfig } from '@hono/zod-openapi';

/** What a reader had last: what came after it is told, each under its own id. */
export const lastEventId = z.object({ 'last-event-id': z.string().optional().openapi({ description: 'id of the last event that was had' }) });

const text = z.string().openapi({
  description: 'events `snapshot` (how it is), `change` (a summary, as it was published), `progress` (attempts of what runs), `away` (Temporal does not answer), `end`',
  example: 'id: mb3k2x1c-7\nevent: change\ndata: {"id":"cluster/test/reference/1.0.0/1","state":"ready","revision":7}\n\n',
});

export const streamed: RouteConfig['responses'][number] = { description: 'Server-sent events, until the caller goes', content: { 'text/event-stream': { schema: text } } };
