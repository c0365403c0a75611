import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readCatalog, type CatalogProduct } from '../../activities/catalog/read_catalog';
import { renderCluster } from '../../activities/templates/render';
import { clusterDn, idFrom, NAME } from '../../model/ids';
import { mergeOptions } from '../../model/options';

const CATALOG = join(__dirname, '..', '..', 'catalog');
const REFERENCE = join('products', 'reference', '1.0.0');

const ours = readCatalog(CATALOG);

async function shipped(name: string): Promise<CatalogProduct> {
  const { products } = await ours;
  return products.find((product) => product.name === name)!;
}

async function rendered({ name, version, document }: CatalogProduct, asked: Record<string, number>, user = 'test') {
  const merged = mergeOptions(document.options, asked);
  if (!('values' in merged)) throw new Error(merged.message);
  const clusterdn = clusterDn({ user, product: name, version, number: 1 });
  return renderCluster({
    template: document.template, templateType: document.templateType,
    variables: { opts: merged.values, user, product: name, version, clusterdn, clusterid: idFrom(clusterdn), instancename: idFrom(clusterdn), number: 1 },
  });
}

describe('the catalog that ships', () => {
  it('has nothing wrong with it', async () => {
    const { products, problems } = await ours;
    expect(problems).toEqual([]);
    expect(products.map(({ name, version }) => `${name}/${version}`)).toEqual(['redis/1.0.0', 'reference/1.0.0']);
  });

  it('has the reference product of the seed: size 2 unless something else is asked for', async () => {
    const { document } = await shipped('reference');
    expect(document).toMatchObject({ description: 'Reference product: minimal', templateType: 'json+jinja2', options: { required: {}, optional: { size: 2 }, advanced: {} } });
    expect((await rendered(await shipped('reference'), {})).nodes).toHaveLength(2);
  });

  it.each([1, 2, 3, 4, 5, 6])('yields %i reference nodes, all alike but for their names', async (size) => {
    const { nodes, roles, dnsname } = await rendered(await shipped('reference'), { size });
    const names = Array.from({ length: size }, (_, n) => `example${n}`);
    expect(nodes.map((node) => node.name)).toEqual(names);
    for (const node of nodes) {
      expect(node).toMatchObject({
        image: 'centos:7.1.1503', cpu: 0.1, memMiB: 64, checkPorts: [8080], roles: ['service1'], customDisks: false,
        disks: [{ name: 'disk4', destination: '/storage1', mode: 'rw' }, { name: 'disk5', destination: '/storage2', mode: 'rw' }],
        networks: [{ device: 'eth0', network: 'admin' }, { device: 'eth1', network: 'storage' }],
      });
      expect(node.command!.slice(0, 2)).toEqual(['node', '-e']);
      expect(() => new Function(node.command![2]!)).not.toThrow();
    }
    expect(roles).toEqual([{ name: 'service1', nodes: names, properties: {} }]);
    expect(dnsname).toBe('1.1-0-0.reference.test');
  });

  it.each([1, 2, 3, 4, 5, 6])('yields a redis primary and %i replicas', async (replicas) => {
    const { nodes, roles } = await rendered(await shipped('redis'), { replicas, mem: 100, port: 7000 });
    expect(nodes.map((node) => node.roles)).toEqual([['primary'], ...Array.from({ length: replicas }, () => ['replica'])]);
    expect(roles).toEqual([
      { name: 'primary', nodes: ['redis0'], properties: {} },
      { name: 'replica', nodes: Array.from({ length: replicas }, (_, n) => `redis${n + 1}`), properties: {} },
    ]);
    for (const node of nodes) expect(node).toMatchObject({ memMiB: 100, checkPorts: [7000], command: ['sh', '-c', expect.not.stringContaining('7000'), 'redis', '7000', '75'] });
  });

  it('yields a redis primary alone', async () => {
    const { nodes, roles } = await rendered(await shipped('redis'), { replicas: 0 });
    expect(nodes).toHaveLength(1);
    expect(roles).toEqual([{ name: 'primary', nodes: ['redis0'], properties: {} }]);
  });

  it('takes so little room for a node that a cluster of hundreds fits into one message', async () => {
    const { nodes } = await rendered(await shipped('reference'), { size: 200 });
    expect(JSON.stringify(nodes).length / nodes.length).toBeLessThan(1_200);
  });

  it('gives every user a name that is one in DNS', async () => {
    const product = await shipped('reference');
    await fc.assert(fc.asyncProperty(fc.stringMatching(NAME), async (user) => {
      const { dnsname } = await rendered(product, { size: 1 }, user);
      for (const label of dnsname.split('.')) expect(label).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
    }), { numRuns: 10 });
  });
});

describe('a catalog with mistakes', () => {
  let dir: string;
  const change = (file: string, text: string) => writeFileSync(join(dir, REFERENCE, file), text);
  const drop = (file: string) => rmSync(join(dir, REFERENCE, file));
  const said = async () => {
    const { products, problems } = await readCatalog(dir);
    expect(products.map(({ name }) => name)).toEqual(['redis']);
    return problems.map(({ message }) => message);
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'catalog-'));
    cpSync(join(CATALOG, 'products'), join(dir, 'products'), { recursive: true });
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it.each<[string, string, string, string | RegExp]>([
    ['options that are not JSON', 'options.json', '{\n  "optional": {\n    "size": 2\n', /^products\/reference\/1\.0\.0\/options\.json:4: /],
    ['a part of options that is none', 'options.json', '{\n  "required": {},\n  "optonal": {}\n}', /^products\/reference\/1\.0\.0\/options\.json:3: .*optonal/],
    ['an option whose description is no text', 'options.json', '{\n  "descriptions": {\n    "slaves.number": 4\n  }\n}', /options\.json:3: .*slaves\.number/],
    ['a product without description', 'product.json', '{}', /product\.json:1: description: /],
    ['a product that says something unknown', 'product.json', '{\n  "description": "x",\n  "colour": "blue"\n}', /product\.json:\d: .*colour/],
    ['a logo that is no address', 'product.json', '{\n  "description": "x",\n  "logo_url": "logo"\n}', /product\.json:3: logo_url: /],
    ['a template that does not parse', 'template.json', '{\n  {% for n in %}\n}', /template\.json:2: /],
    ['two files where one is wanted', 'template.yaml', 'nodes: {}', 'products/reference/1.0.0: there are both template.json and template.yaml'],
    ['two scripts', 'orchestrator.sh', '#!/bin/sh', 'products/reference/1.0.0: there are both orchestrator.js and orchestrator.sh'],
  ])('names file and line of %s, and has the others', async (_what, file, text, message) => {
    change(file, text);
    expect(await said()).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)]);
  });

  it('names what is missing', async () => {
    drop('template.json');
    expect(await said()).toEqual(['products/reference/1.0.0: there is no template.json']);
  });

  it('names a directory whose name no product can have', async () => {
    cpSync(join(dir, REFERENCE), join(dir, 'products', 'has a blank', '1.0.0'), { recursive: true });
    drop('product.json');
    expect(await said()).toEqual(['products/has a blank/1.0.0: has a blank cannot name a product or a version', 'products/reference/1.0.0: there is no product.json']);
  });
});

describe('a catalog of one\'s own', () => {
  it('may be written in YAML, without options and script', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'catalog-'));
    mkdirSync(join(dir, 'products', 'mine', '2'), { recursive: true });
    writeFileSync(join(dir, 'products', 'README.md'), 'not a product');
    writeFileSync(join(dir, 'products', 'mine', '2', 'product.yaml'), 'description: Mine\ncompute: docker\nlogo_url: https://example.org/logo.svg\n');
    writeFileSync(join(dir, 'products', 'mine', '2', 'template.yaml'), 'nodes:\n  one: {cpu: 1, mem: 10}\n');
    expect(await readCatalog(dir)).toEqual({
      problems: [],
      products: [{
        name: 'mine', version: '2',
        document: {
          description: 'Mine', logoUrl: 'https://example.org/logo.svg', compute: 'docker', template: 'nodes:\n  one: {cpu: 1, mem: 10}\n', templateType: 'yaml+jinja2',
          options: { required: {}, optional: {}, advanced: {}, descriptions: {} }, script: '',
        },
      }],
    });
    rmSync(dir, { recursive: true });
  });

  it('may be empty', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'catalog-'));
    expect(await readCatalog(dir)).toEqual({ products: [], problems: [] });
    rmSync(dir, { recursive: true });
  });
});

describe('docs/products.md', () => {
  it('quotes the catalog as it is', async () => {
    // What is said of places has a sample of its own, which test/unit/place_rules holds to.
    const [before, places] = readFileSync(join(__dirname, '..', '..', 'docs', 'products.md'), 'utf8').split('### Where nodes go');
    const text = before! + places!.slice(places!.search(/^##/m));
    const quotes = [...text.matchAll(/^```(?:json|jinja|js)\n([^]*?)^```$/gm)].map(([, quote]) => quote!);
    const files = ['redis', 'reference'].flatMap((name) => ['options.json', 'template.json', 'orchestrator.js'].map((file) => readFileSync(join(CATALOG, 'products', name, '1.0.0', file), 'utf8')));
    expect(quotes.length).toBeGreaterThan(5);
    expect(quotes.filter((quote) => !files.some((file) => file.includes(quote)))).toEqual([]);
  });
});
