import fc from 'fast-check';
import { isProblem, type Problem } from '../../model/errors';
import { isSecretName, mergeOptions, parseOptions, scaleOptions } from '../../model/options';
import type { OptionValue, ProductOptions } from '../../model/product';

const form = (more: Partial<ProductOptions> = {}): ProductOptions => ({ required: {}, optional: {}, advanced: {}, descriptions: {}, ...more });

const refused = (answer: unknown): Problem => {
  if (!isProblem(answer)) throw new Error(`was accepted: ${JSON.stringify(answer)}`);
  return answer;
};

const values = (answer: { values: Record<string, OptionValue> } | Problem) => {
  if (!('values' in answer)) throw new Error(`was refused: ${answer.message}`);
  return answer.values;
};

const fieldsOf = (said: Problem) => (said.problems ?? [said]).map((one) => one.field);

describe('parseOptions', () => {
  test("the seed's options are read as they are", () => {
    const seed = {
      required: { 'slaves.number': 4 },
      optional: { 'slaves.cpu': 2, 'slaves.mem': 2048, 'slaves.disks': 11 },
      advanced: { 'datanode.heap': 1024 },
      descriptions: { 'slaves.number': 'Number of slave nodes' },
    };
    expect(parseOptions(seed)).toEqual(seed);
  });

  test('a map that is left out is empty', () => {
    expect(parseOptions({ optional: { size: 2 } })).toEqual(form({ optional: { size: 2 } }));
  });

  test.each<[unknown, string]>([
    [[1], 'options'], ['text', 'options'], [null, 'options'],
    [{ required: [] }, 'options.required'], [{ optional: 'size' }, 'options.optional'],
    [{ descriptions: { size: 2 } }, 'options.descriptions.size'], [{ requried: {} }, 'options.requried'],
    [JSON.parse('{"required": {"__proto__": 1}}'), 'options.required.__proto__'],
    [JSON.parse('{"required": {"a": [[{"__proto__": 1}]]}}'), 'options.required.a.__proto__'],
    [{ advanced: { constructor: 1 } }, 'options.advanced.constructor'],
  ])('%j is refused at %s', (given, field) => {
    expect(refused(parseOptions(given))).toMatchObject({ status: 400, error: 'invalid options', field });
  });

  test('everything wrong is said at once', () => {
    expect(fieldsOf(refused(parseOptions({ required: 1, optional: 2, more: {} })))).toEqual(['options.more', 'options.required', 'options.optional']);
  });

  test('options nested without end are refused, not followed', () => {
    const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
    expect(refused(parseOptions({ required: { a: deep } })).message).toMatch(/too deeply/);
    expect(refused(mergeOptions(form(), { a: deep })).message).toMatch(/too deeply/);
  });
});

describe('mergeOptions (P-20, P-21)', () => {
  const cdh = form({ required: { 'slaves.number': 4 }, optional: { 'slaves.cpu': 2 }, advanced: { heap: 1024, 'slaves.cpu': 1 } });

  test('CT7: defaults of all groups, overridden by the request; a required value stands before an optional before an advanced one', () => {
    expect(values(mergeOptions(cdh, { 'slaves.number': 2 }))).toEqual({ heap: 1024, 'slaves.cpu': 2, 'slaves.number': 2 });
    expect(values(mergeOptions(form({ required: { a: 1 }, optional: { b: 2 }, advanced: { c: 3 } }), { a: 1, d: 4 }))).toEqual({ a: 1, b: 2, c: 3, d: 4 });
  });

  test('a required option must be in the request, with its description and a sample in the answer', () => {
    const said = refused(mergeOptions({ ...cdh, descriptions: { 'slaves.number': 'Number of slave nodes' } }, {}));
    expect(said).toMatchObject({ status: 400, code: 'missing_option', error: 'invalid options', field: 'options.slaves.number' });
    expect(said.fix).toContain('{"slaves.number":4}');
    expect(said.fix).toContain('Number of slave nodes');
  });

  test('nothing is required: an empty order is enough', () => {
    expect(values(mergeOptions(form({ optional: { size: 2 } }), {}))).toEqual({ size: 2 });
  });

  test.each<[OptionValue, OptionValue, OptionValue]>([
    ['2', 2, 2], [' 2.5 ', 2, 2.5], ['-1', 2, -1], ['1e3', 2, 1000], [3, 2, 3],
    ['true', false, true], ['False', true, false], [true, false, true],
    [2, 'x', '2'], [false, 'x', 'false'], ['y', 'x', 'y'],
    [[1], [2], [1]], [{ a: 1 }, {}, { a: 1 }],
    ['anything', null, 'anything'], [null, null, null],
  ])('%j where the default is %j becomes %j', (given, fallback, wanted) => {
    expect(values(mergeOptions(form({ optional: { option: fallback } }), { option: given }))).toEqual({ option: wanted });
  });

  test.each<[OptionValue, OptionValue]>([
    ['two', 2], ['', 2], ['0x10', 2], ['Infinity', 2], ['1e999', 2], [true, 2], [null, 2], [[2], 2],
    ['yes', true], [1, true], [null, 'x'], [{}, 'x'], ['1,2', [1]], [[1], {}],
  ])('%j where the default is %j is refused with the value and the type wanted', (given, fallback) => {
    const said = refused(mergeOptions(form({ optional: { option: fallback } }), { option: given }));
    expect(said).toMatchObject({ status: 400, code: 'wrong_option_type', field: 'options.option' });
    expect(said.message).toContain(JSON.stringify(given));
    expect(said.message).toMatch(/wanted is (a number|true or false|a text|a list|a map)/);
  });

  test('an option that the product does not know is kept as it came', () => {
    expect(values(mergeOptions(form(), { unknown: '2', other: { a: [1] } }))).toEqual({ unknown: '2', other: { a: [1] } });
  });

  test('everything wrong with an order is said at once', () => {
    const options = form({ required: { a: 1, b: 2 }, optional: { c: 3, d: true } });
    const said = refused(mergeOptions(options, { c: 'x', d: 'y' }));
    expect(fieldsOf(said)).toEqual(['options.a', 'options.b', 'options.c', 'options.d']);
  });

  test('names that mean something to JavaScript are refused and change no object', () => {
    const said = refused(mergeOptions(form(), JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 1, "prototype": 2}')));
    expect(fieldsOf(said)).toEqual(['options.__proto__', 'options.constructor', 'options.prototype']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each([[[1]], ['size=2'], [null], [2]])('an order that is no map is refused: %j', (request) => {
    expect(refused(mergeOptions(form(), request))).toMatchObject({ status: 400, field: 'options' });
  });

  test('the value of a secret is never repeated', () => {
    expect(['password', 'db.passwd', 'api_key', 'authToken', 'secret'].every(isSecretName)).toBe(true);
    expect(['size', 'keyboard', 'slaves.number', 'monkeys'].some(isSecretName)).toBe(false);
    const said = refused(mergeOptions(form({ required: { password: 'default-secret' } }), { password: ['hunter2'] }));
    expect(JSON.stringify(said)).not.toMatch(/hunter2|default-secret/);
    expect(JSON.stringify(refused(mergeOptions(form({ required: { password: 'default-secret' } }), {})))).not.toContain('default-secret');
  });

  test('law: a value that is accepted has the type of its default, and merging it again changes nothing', () => {
    const value = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), fc.boolean(), fc.integer().map(String), fc.boolean().map(String));
    fc.assert(fc.property(value, value, (fallback, given) => {
      const options = form({ optional: { option: fallback } });
      const once = mergeOptions(options, { option: given });
      if (!('values' in once)) return;
      expect(typeof once.values.option).toBe(typeof fallback);
      expect(mergeOptions(options, once.values)).toEqual(once);
    }));
  });
});

describe('scaleOptions', () => {
  const options = form({ required: { size: 4 }, optional: { cpu: 1 } });

  test('changes go over the values the cluster has; what is required was given already', () => {
    expect(values(scaleOptions({ size: 2, cpu: 3, extra: 'x' }, options, { cpu: '5' }))).toEqual({ size: 2, cpu: 5, extra: 'x' });
    expect(values(scaleOptions({ size: 2, cpu: 3 }, options, {}))).toEqual({ size: 2, cpu: 3 });
  });

  test('an option that the product has got since takes its default', () => {
    expect(values(scaleOptions({ size: 2 }, options, {}))).toEqual({ size: 2, cpu: 1 });
  });

  test('what cannot be coerced is refused', () => {
    expect(refused(scaleOptions({ size: 2 }, options, { size: 'many' }))).toMatchObject({ status: 400, field: 'options.size' });
  });
});
