import { isProblem, type Problem } from '../../model/errors';
import { mergeOptions } from '../../model/options';
import type { OptionValue, ProductOptions, TemplateType } from '../../model/product';
import { ProblemError } from '../../activities/problem_error';
import { checkTemplate, renderCluster, renderTemplate } from '../../activities/templates/render';

jest.setTimeout(60_000);

const variables = (opts: Record<string, OptionValue> = {}) => ({
  opts, user: 'test', product: 'reference', version: '1.0.0',
  clusterdn: 'clusters/test/reference/1.0.0/1', clusterid: 'clusters--test--reference--1__0__0--1', instancename: 'clusters--test--reference--1__0__0--1', number: 1,
});

const text = async (template: string, opts: Record<string, OptionValue> = {}) =>
  (await renderTemplate({ template, templateType: 'yaml+jinja2', variables: variables(opts) })).text;

const cluster = (template: string, opts: Record<string, OptionValue> = {}, templateType: TemplateType = 'json+jinja2') =>
  renderCluster({ template, templateType, variables: variables(opts) });

async function refusal(work: Promise<unknown>): Promise<Problem> {
  const answer: unknown = await work.then((value) => value, (error: unknown) => error);
  if (!(answer instanceof ProblemError)) throw new Error(`was not refused: ${String(answer)}`);
  return answer.problem;
}

const CDH_JSON = `{% set comma = joiner(",") %}
{
  "dnsname": "{{ clusterid }}",
  "nodes": {
    {% for n in range(0, 2) %}
    {{ comma() }} "master{{ n }}": {"docker_image": "cdh:5.7.0", "cpu": 1, "mem": 1024, "services": ["yarn"],
      "networks": {"eth0": {"networkname": "admin", "address": "_"}, "eth1": {"networkname": "storage", "type": "dynamic"}}}
    {% endfor %}
    {% for n in range(0, opts['slaves.number']) %}
    {{ comma() }} "slave{{ n }}": {"cpu": {{ opts['slaves.cpu'] }}, "mem": 1024, "disks": {{ opts['slaves.disks'] }},
      "networks": {"eth0": {"networkname": "admin"}}, "services": ["datanode"]}
    {% endfor %}
  },
  "services": {
    "yarn": {"nodes": ["master0", "master1"], "heap": 1024},
    "datanode": {"nodes": [{% set comma = joiner(",") %}{% for n in range(0, opts['slaves.number']) %}{{ comma() }}"slave{{ n }}"{% endfor %}]}
  }
}`;

const CDH_YAML = `dnsname: {{ clusterid }}
nodes:
  master0: {docker_image: 'cdh:5.7.0', cpu: 1, mem: 1024, networks: {eth0: {networkname: admin, address: _}}}
  master1: {docker_image: 'cdh:5.7.0', cpu: 1, mem: 1024, networks: {eth0: {networkname: admin, address: _}}}
{% for n in range(0, opts['slaves.number']) %}
  slave{{ n }}:
    cpu: {{ opts['slaves.cpu'] }}
    mem: 1024
    networks:
      eth0: {networkname: admin, type: dynamic}
{% endfor %}
services:
  yarn: {nodes: [master0, master1]}
  datanode:
    nodes:
{% for n in range(0, opts['slaves.number']) %}
      - slave{{ n }}
{% endfor %}
`;

const CDH_OPTIONS: ProductOptions = {
  required: { 'slaves.number': 4 }, optional: { 'slaves.cpu': 2, 'slaves.disks': 11 }, advanced: { 'datanode.heap': 1024 }, descriptions: {},
};

describe('a template is what Jinja2 says it is', () => {
  test.each<[string, string]>([
    ["{{ opts['slaves.number'] + 1 }}", '3'],
    ['{% for i in range(0, 3) %}{{ i }}{% if not loop.last %},{% endif %}{% endfor %}', '0,1,2'],
    ['{% set c = joiner(",") %}{% for i in range(3) %}{{ c() }}{{ i }}{% endfor %}', '0,1,2'],
    ['{{ 7 // 2 }} {{ 7 % 2 }} {{ 2 ** 3 }}', '3 1 8'],
    ['{{ {"a": [1, "x"]} | tojson }}', '{"a":[1,"x"]}'],
    ['{{ "a-b".upper() }} {{ "a,b".split(",") | join("+") }} {{ " x ".strip() }}', 'A-B a+b x'],
    ['{{ opts.flag }} {{ opts.nothing | tojson }}', 'true null'],
  ])('%s', async (template, wanted) => {
    expect(await text(template, { 'slaves.number': 2, flag: true, nothing: null })).toBe(wanted);
  });

  test.each<[string, string]>([
    ['{{ "%s-%03d" | format("a", 7) }}', 'a-007'],
    ['{{ "%5.2f|%-4s|%+d|%x|%X|%o|%%" | format(1.5, "ab", 3, 255, 255, 8) }}', ' 1.50|ab  |+3|ff|FF|10|%'],
    ['{{ "%(host)s:%(port)d" | format(host="h", port=80) }}', 'h:80'],
    ['{{ "%s %s" | format([1, "a"], {"k": 1}) }}', '[1,"a"] {"k":1}'],
    ['{{ "%e %g %05d" | format(1234.5, 0.5, -42) }}', '1.234500e+03 0.5 -0042'],
  ])('the filter format, as printf: %s', async (template, wanted) => {
    expect(await text(template)).toBe(wanted);
  });

  test('values of options are values only: a template in an option is not rendered, nor anything escaped', async () => {
    expect(await text('{{ opts.x }}', { x: '{{ 1 + 1 }} <&>' })).toBe('{{ 1 + 1 }} <&>');
  });
});

describe('what is wrong in a template is named with its line', () => {
  test.each<[string, string, number, RegExp]>([
    ['an unknown option', 'a\nb {{ opts.missing }}', 2, /line 2 of the template: opts\.missing is not defined/],
    ['an unknown option by key', 'a\n\n{{ opts["slaves.number"] }}', 3, /opts\["slaves\.number"\] is not defined/],
    ['an unknown variable', '{{ nobody }}', 1, /nobody is not defined/],
    ['a text where range needs a number', 'a\n{{ range(0, opts.size) }}', 2, /cannot convert/],
    ['an unknown filter', 'a\n{{ 1 | nofilter }}', 2, /nofilter/],
    ['an unknown method', '{{ 1.foo() }}', 1, /./],
  ])('%s', async (_, template, line, message) => {
    const said = await refusal(text(template, { size: '2' }));
    expect(said).toMatchObject({ status: 400, field: 'template', line });
    expect(said.message).toMatch(message);
    expect(said.fix).not.toBe('');
  });

  test.each<[string, RegExp]>([
    ['{{ "%s %s" | format(1) }}', /format of "%s %s": there are too few values/],
    ['{{ "%(a)s" | format(b=1) }}', /there is no value a/],
    ['{{ "%1000000000d" | format(1) }}', /too wide/],
    ['{{ "%.1000f" | format(1) }}', /too wide/],
    ['{{ "%d" | format("x") }}', /needs a number/],
    ['{{ "%q" | format(1) }}', /%q is not known/],
  ])('a filter that cannot do what it is asked says so: %s', async (template, message) => {
    const said = await refusal(text(template));
    expect(said).toMatchObject({ status: 400, field: 'template', code: 'template_failed' });
    expect(said.message).toMatch(message);
  });

  test.each(['include "x"', 'import "x" as y', 'from "x" import y', 'extends "x"'])('{%% %s %%} is refused, when it is put and when it is rendered', async (tag) => {
    const template = `a\nb\n{% ${tag} %}`;
    expect(await refusal(checkTemplate(template, 'json+jinja2'))).toMatchObject({ code: 'template_include', line: 3 });
    expect(await refusal(text(template))).toMatchObject({ code: 'template_include', line: 3 });
  });

  test('what only looks like an include is none', async () => {
    await checkTemplate('{# {% include "x" %} #}{% raw %}{% include "x" %}{% endraw %}{{ opts.included }}', 'yaml+jinja2');
  });

  test.each<[string, number]>([
    ['a\n{% for x in range(3) %}', 2],
    ['a\nb\n{{ x', 3],
    ['{% if %}', 1],
    ['{{ "a }}', 1],
    ['{% unknown %}', 1],
  ])('a template that does not parse is refused when it is put: %j', async (template, line) => {
    expect(await refusal(checkTemplate(template, 'json+jinja2'))).toMatchObject({ status: 400, code: 'template_syntax', line });
  });

  test('a template without expressions is checked as what it yields', async () => {
    await checkTemplate('{"nodes": {"a": {"cpu": 1,},},}', 'json+jinja2');
    expect(await refusal(checkTemplate('{"nodes": {\n"a": [}', 'json+jinja2'))).toMatchObject({ code: 'template_result', line: 2 });
    expect(await refusal(checkTemplate('nodes:\n  a: {}\n  a: {}', 'yaml+jinja2'))).toMatchObject({ code: 'duplicate_name', line: 3, field: 'nodes.a' });
  });
});

describe('a hostile template is stopped in its limits, and the process lives on as before', () => {
  const loop = '{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}';
  const doubling = '{% set ns = namespace(s="x") %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}';
  test.each<[string, string, string]>([
    ['a loop without end', loop, 'template_too_slow'],
    ['a gigabyte of text', '{{ "x" * 1000000000 }}', 'template_too_big'],
    ['a hundred megabytes of text', '{{ "x" * 100000000 }}', 'template_too_big'],
    ['text that doubles', doubling, 'template_too_big'],
    ['a list of many lists', '{{ (range(99999) | list) * 100000 }}', 'template_too_big'],
    ['ten megabytes of output', '{{ "a" | replace("a", "b" * 10000000) }}', 'template_too_big'],
    ['a macro that calls itself', '{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}', 'template_failed'],
    ['brackets without end', `{{ ${'('.repeat(100_000)}`, 'template_syntax'],
    ['signs without end', `{{ ${'-'.repeat(100_000)}1 }}`, 'template_too_deep'],
    ['a way to the host', '{{ range.constructor("return process")() }}', 'template_failed'],
    ['a way to the host by an option', '{{ opts.constructor.constructor("return process")() }}', 'template_failed'],
  ])('%s', async (_, template, code) => {
    const [rssBefore, startedAt] = [process.memoryUsage().rss, performance.now()];
    expect(await refusal(text(template))).toMatchObject({ status: 400, code });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(300 * 1_048_576);
  });

  test('the engine never has more than 64 MiB, however much a template asks for', async () => {
    let highest = 0;
    const before = process.memoryUsage().rss;
    const watch = setInterval(() => { highest = Math.max(highest, process.memoryUsage().rss); }, 5);
    for (const template of ['{{ "x" * 60000000 }}', '{{ "x" * 4000000000 }}', doubling]) await refusal(text(template));
    clearInterval(watch);
    expect((highest - before) / 1_048_576).toBeLessThan(200);
  });

  test('one that only takes time is stopped by time', async () => {
    const startedAt = performance.now();
    const said = await refusal(renderTemplate({ template: loop, templateType: 'json+jinja2', variables: variables() }, { fuel: 2_000_000_000, timeMs: 300 }));
    expect(said).toMatchObject({ code: 'template_too_slow' });
    expect(said.message).toContain('300 ms');
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test.each<[string, string, string]>([
    ['many keys', '{% for i in range(60000) %}a{{ i }}: 1\n{% endfor %}', 'invalid_template_result'],
    ['deep brackets', '{% for i in range(20000) %}[{% endfor %}{% for i in range(20000) %}]{% endfor %}', 'template_result'],
    ['aliases of aliases', 'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d]', 'template_too_big'],
    ['one big alias often', 'a: &a {{ "x" * 200000 }}\nb: [{% for i in range(90) %}*a,{% endfor %}]', 'template_too_big'],
    ['a tag that makes objects', 'nodes: !!js/function "function(){}"', 'invalid_template_result'],
  ])('a result that is hard to read is no way in either: %s', async (_, template, code) => {
    expect(await refusal(cluster(template, {}, 'yaml+jinja2'))).toMatchObject({ status: 400, code });
  });

  test('many at once wait for each other, and all are answered', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => text('{{ opts.i }}', { i })));
    expect(answers).toEqual(Array.from({ length: 12 }, (_, i) => String(i)));
  });
});

describe('the nodes and roles of an order', () => {
  test.each<[TemplateType, string]>([['json+jinja2', CDH_JSON], ['yaml+jinja2', CDH_YAML]])('CT8: %s with slaves.number 2 gives 4 nodes and 2 roles', async (type, template) => {
    const merged = mergeOptions(CDH_OPTIONS, { 'slaves.number': '2' });
    if (isProblem(merged)) throw new Error(merged.message);
    const spec = await cluster(template, merged.values, type);
    expect(spec.nodes.map((node) => node.name)).toEqual(['master0', 'master1', 'slave0', 'slave1']);
    expect(spec.roles.map(({ name, nodes }) => ({ name, nodes }))).toEqual([
      { name: 'yarn', nodes: ['master0', 'master1'] }, { name: 'datanode', nodes: ['slave0', 'slave1'] },
    ]);
    expect(spec.nodes[0]!.networks[0]!.network).toBe('admin');
    expect(spec.dnsname).toBe('clusters--test--reference--1__0__0--1');
  });

  test('"size": "2" launches as 2 does', async () => {
    const template = '{"nodes": { {% for n in range(0, opts["size"]) %} "example{{ n }}": {"cpu": 0.1, "mem": 64}, {% endfor %} } }';
    const options: ProductOptions = { required: {}, optional: { size: 2 }, advanced: {}, descriptions: {} };
    const orders = [{ size: '2' }, { size: 2 }, {}].map((request) => mergeOptions(options, request));
    const specs = await Promise.all(orders.map((order) => cluster(template, 'values' in order ? order.values : {})));
    for (const spec of specs) expect(spec.nodes.map((node) => node.name)).toEqual(['example0', 'example1']);
  });

  test('commas at the end of lists and maps, tabs and escapes of JSON are read', async () => {
    const spec = await cluster('{\n\t"nodes": {\n\t\t"a": {"cpu": 1, "mem": 1, "env": {"X": "\\u00e9\\/\\n"}, "check_ports": [22, 80,],},\n\t},\n}');
    expect(spec.nodes[0]).toMatchObject({ env: { X: 'é/\n' }, checkPorts: [22, 80] });
  });

  test('a node that is there twice is an error that names both lines', async () => {
    const said = await refusal(cluster('{"nodes": {\n"a": {"cpu": 1, "mem": 1},\n{% for i in range(2) %}"b": {"cpu": 1, "mem": 1},\n{% endfor %}}}'));
    expect(said).toMatchObject({ status: 400, code: 'duplicate_name', field: 'nodes.b' });
    expect(said.message).toMatch(/lines 3 and 4/);
  });

  test('what the template yields is refused with field, line and the line itself', async () => {
    const said = await refusal(cluster('{"nodes": {\n"a": {\n"cpu": {{ opts.cpu }},\n"mem": 64}}}', { cpu: 0 }));
    expect(said).toMatchObject({ status: 400, field: 'nodes.a.cpu', line: 3, evidence: '"cpu": 0,' });
  });

  test('a result that is no JSON is refused with its line and the line itself', async () => {
    const said = await refusal(cluster('{"nodes": {\n"a": {"cpu": 1 "mem": 64}}}'));
    expect(said).toMatchObject({ status: 400, code: 'template_result', line: 2, evidence: '"a": {"cpu": 1 "mem": 64}}}' });
  });

  test('no nodes: size 0 is refused', async () => {
    const said = await refusal(cluster('{"nodes": { {% for n in range(0, opts.size) %}"n{{ n }}": {"cpu": 1, "mem": 1},{% endfor %} }}', { size: 0 }));
    expect(said).toMatchObject({ status: 400, field: 'nodes' });
    expect(said.message).toContain('yields no nodes');
  });

  test('a secret option is never repeated', async () => {
    const template = '{"nodes": {"a": {"docker_opts": "-e P={{ opts.password }}", "cpu": 0, "mem": 1, "required_node": {"{{ opts.password }}": 1}}}}';
    const said = await refusal(cluster(template, { password: 'hunter2hunter2' }));
    expect(JSON.stringify(said)).not.toContain('hunter2');
    expect(said.evidence).toContain('-e P=***');
  });

  test('2,000 nodes are read, 2,001 are refused', async () => {
    const template = '{"nodes": { {% for n in range(opts.size) %}\n"example{{ n }}": {"docker_image": "centos:7.1.1503", "cpu": 1, "mem": 4096, "disks": {"disk4": {"destination": "/storage1"}, "disk5": {"destination": "/storage2"}}, "networks": {"eth0": {"networkname": "admin"}, "eth1": {"type": "dynamic", "networkname": "storage"}}},{% endfor %} }}';
    expect((await cluster(template, { size: 2_000 })).nodes).toHaveLength(2_000);
    expect(await refusal(cluster(template, { size: 2_001 }))).toMatchObject({ status: 400, field: 'nodes' });
  });
});
