import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENDPOINTS } from '../../api/app';
import { openApiDocument } from '../../api/docs';
import { breakingChanges, type ApiDocument } from '../../model/api_changes';

const ROOT = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const RELEASES = 'test/openapi';

describe('the document of the API', () => {
  it('in the tree is what is served, and the types of the CLI are made of it: `npm run openapi` otherwise', () => {
    const text = read('api/openapi.json');
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(openApiDocument(ENDPOINTS))));
    expect(read('cli/openapi.ts').split('\n')[0]).toContain(createHash('sha256').update(text).digest('hex'));
  });

  it.each(readdirSync(join(ROOT, RELEASES)))('promises no less than that of %s', (release) => {
    expect(breakingChanges(JSON.parse(read(`${RELEASES}/${release}`)), JSON.parse(read('api/openapi.json')))).toEqual([]);
  });
});

const schema = {
  type: 'object', required: ['name'], additionalProperties: false,
  properties: { name: { type: 'string', maxLength: 9 }, count: { type: 'integer' }, kind: { enum: ['a', 'b'] }, tags: { type: 'array', items: { type: 'string' } }, either: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
};
const BASE: ApiDocument = {
  paths: { '/things/{id}': { put: {
    parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }, { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 100 } }],
    requestBody: { required: false, content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
    responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Seen' } } } }, 404: {} },
  } } },
  components: { schemas: { Thing: schema, Seen: structuredClone(schema) } },
};
type Change = (document: any, operation: any, sent: any, seen: any) => void;
const changed = (change: Change): string[] => {
  const now = structuredClone(BASE) as any;
  change(now, now.paths['/things/{id}'].put, now.components.schemas.Thing, now.components.schemas.Seen);
  return breakingChanges(BASE, now);
};

describe('a change of the API', () => {
  it.each<[string, Change, string]>([
    ['a path is gone', (d) => delete d.paths['/things/{id}'], 'it is gone'],
    ['an answer is gone', (_d, o) => delete o.responses[200], 'answer 200 is gone'],
    ['a content type is gone', (_d, o) => (o.responses[200].content = {}), 'answer 200: application/json is gone'],
    ['a parameter is gone', (_d, o) => o.parameters.pop(), 'query parameter limit is gone'],
    ['a parameter has to be sent', (_d, o) => (o.parameters[1].required = true), 'query parameter limit has to be sent'],
    ['a new one has to be', (_d, o) => o.parameters.push({ name: 'why', in: 'query', required: true }), 'query parameter why has to be sent'],
    ['a bound is narrower', (_d, o) => (o.parameters[1].schema.maximum = 10), 'query parameter limit: maximum is 10'],
    ['a pattern is new', (_d, _o, s) => (s.properties.name.pattern = '^x'), 'the body.name: pattern is ^x'],
    ['a body has to be sent', (_d, o) => (o.requestBody.required = true), 'a body has to be sent'],
    ['no body is taken', (_d, o) => delete o.requestBody, 'no body is taken'],
    ['a field has to be sent', (_d, _o, s) => s.required.push('count'), 'the body.count has to be sent'],
    ['a field is not taken', (_d, _o, s) => delete s.properties.count, 'the body.count is gone'],
    ['a value is not taken', (_d, _o, s) => (s.properties.kind.enum = ['a']), 'the body.kind: "b" is not taken any more'],
    ['a type that is sent', (_d, _o, s) => (s.properties.name.type = 'integer'), 'the body.name: it was string and is integer'],
    ['a field is not answered', (_d, _o, _s, a) => delete a.properties.count, 'answer 200.count is gone'],
    ['a field may be missing', (_d, _o, _s, a) => (a.required = []), 'answer 200.name may be missing'],
    ['a type that is answered', (_d, _o, _s, a) => (a.properties.count.type = 'number'), 'answer 200.count: it was integer and is number'],
    ['a type deep in an answer', (_d, _o, _s, a) => (a.properties.tags.items.type = ['string', 'null']), 'answer 200.tags[]: it was string and is string or null'],
    ['a form is gone', (_d, _o, _s, a) => a.properties.either.anyOf.pop(), 'answer 200.either: one of its forms is gone'],
  ])('breaks programs: %s', (_what, change, said) => {
    expect(changed(change)).toEqual([`PUT /things/{id}: ${said}`]);
  });

  it.each<[string, Change]>([
    ['nothing', () => undefined],
    ['a new path', (d) => (d.paths['/more'] = { get: {} })],
    ['a new method', (d) => (d.paths['/things/{id}'].delete = {})],
    ['a new parameter that may be left out', (_d, o) => o.parameters.push({ name: 'why', in: 'query' })],
    ['a wider bound', (_d, o) => (o.parameters[1].schema.maximum = 1000)],
    ['a field that may be sent', (_d, _o, s) => (s.properties.more = { type: 'string' })],
    ['a field that need not be sent any more', (_d, _o, s) => (s.required = [])],
    ['a wider type that is taken', (_d, _o, s) => (s.properties.count.type = 'number')],
    ['a new value that is taken', (_d, _o, s) => s.properties.kind.enum.push('c')],
    ['a field more in an answer', (_d, _o, _s, a) => (a.properties.more = { type: 'string' })],
    ['a field that is always answered now', (_d, _o, _s, a) => a.required.push('count')],
    ['another refusal', (_d, o) => (o.responses[409] = {})],
  ])('breaks none: %s', (_what, change) => {
    expect(changed(change)).toEqual([]);
  });
});
