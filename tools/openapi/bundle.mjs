// Makes one OpenAPI 3.1 document of docs/openapi/*.yaml, which are written in the short way that docs/openapi/README.md tells.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export const folder = resolve(import.meta.dirname, '../../docs/openapi');
const methods = ['get', 'post', 'put', 'patch', 'delete', 'options'];
const schemaOf = (name) => `#/components/schemas/${name}`;
const keywords = new Set(['$ref', 'type', 'properties', 'additionalProperties', 'items', 'prefixItems', 'enum', 'const', 'required', 'oneOf', 'allOf', 'anyOf', 'format', 'description',
  'examples', 'default', 'minimum', 'maximum', 'minItems', 'maxItems', 'pattern']);
const words = new Set(['summary', 'description', 'id', 'role', 'of', 'security', 'query', 'headers', 'params', 'body', 'answers', 'errors', 'socket']);
const parts = { town: 'in the whole town', somewhere: 'where it changes something', alarm: 'where the alarm is', thing: 'where the thing is', camera: 'where the camera is' };

// {$ref: Name}, {$ref: Name?} (or null), {properties: {'left?': …}}: everywhere in a schema.
export function expand(schema) {
  if (Array.isArray(schema)) return schema.map(expand);
  if (schema === null || typeof schema !== 'object') return schema;
  const out = {};
  for (const [key, value] of Object.entries(schema)) {
    if (!keywords.has(key)) throw new Error(`"${key}" is no keyword of a schema (a text with a comma wants quotes): ${JSON.stringify(schema)}`);
    if (key === '$ref' && !value.startsWith('#')) {
      const name = value.replace(/\?$/, '');
      if (name === value) out.$ref = schemaOf(name);
      else out.oneOf = [{ $ref: schemaOf(name) }, { type: 'null' }];
    } else if (key === 'properties') {
      out.type ??= 'object';
      out.properties = {};
      const required = [];
      for (const [name, of] of Object.entries(value)) {
        const plain = name.replace(/\?$/, '');
        out.properties[plain] = expand(of);
        if (plain === name) required.push(plain);
      }
      if (required.length && !schema.required) out.required = required;
    } else if (['enum', 'const', 'required', 'examples', 'default'].includes(key)) {
      out[key] = value;
    } else out[key] = expand(value);
  }
  return out;
}

function contentOf(answer, type) {
  if (answer === null || answer === undefined) return undefined;
  if (typeof answer === 'object' && answer.media) {
    const media = [answer.media].flat();
    return Object.fromEntries(media.map((one) => [one, { schema: answer.schema ? expand(answer.schema) : /json$/.test(one) ? {} : { type: 'string' } }]));
  }
  const { says, headers, optional, ...schema } = typeof answer === 'object' ? answer : { $ref: answer };
  return Object.keys(schema).length ? { [type]: { schema: expand(schema) } } : undefined;
}

const reasons = {
  200: 'Done', 201: 'Made', 204: 'Done, nothing to say', 302: 'Elsewhere', 101: 'The connection becomes a WebSocket', 304: 'As it was',
  400: 'What was sent is not right', 401: 'Not signed in', 403: 'Not allowed', 404: 'There is no such thing', 409: 'Not as things are now', 412: 'Changed meanwhile',
  413: 'Too large', 415: 'An encoding that is not understood', 426: 'WebSocket only', 429: 'Too often', 501: 'An option that is not known', 503: 'Not just now',
};

function responses(operation, problem) {
  const out = {};
  for (const [status, answer] of Object.entries(operation.answers)) {
    const content = contentOf(answer, 'application/json');
    out[status] = { description: answer?.says ?? reasons[status] ?? 'Answer', ...(content ? { content } : {}) };
    if (answer?.headers) out[status].headers = Object.fromEntries(Object.entries(answer.headers).map(([name, of]) => [name, { schema: expand(of) }]));
  }
  for (const [status, codes] of Object.entries(operation.errors ?? {})) {
    const named = [codes].flat().filter(Boolean).map((code) => `\`${code}\``).join(', ');
    out[status] = { description: `${reasons[status] ?? 'Refused'}: ${named}`, content: { 'application/json': { schema: { $ref: schemaOf(problem) } } } };
  }
  if (operation.role) {
    out[401] ??= { $ref: '#/components/responses/SignedOut' };
    out[403] ??= { $ref: '#/components/responses/NotAllowed' };
  }
  out.default ??= { $ref: `#/components/responses/${problem}` };
  return out;
}

function parametersOf(path, operation, known) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name, in: 'path', required: true, ...(operation.params?.[name] ? { schema: expand(operation.params[name]) } : known[name] ?? { schema: { $ref: schemaOf('Id') } }),
  }));
  const inQuery = Object.entries(operation.query ?? {}).map(([key, schema]) => {
    const { description, ...rest } = expand(schema);
    return { name: key.replace(/!$/, ''), in: 'query', required: key.endsWith('!'), ...(description ? { description } : {}), schema: rest };
  });
  const inHeader = Object.entries(operation.headers ?? {}).map(([name, schema]) => {
    const { description, ...rest } = expand(schema);
    return { name, in: 'header', required: false, ...(description ? { description } : {}), schema: rest };
  });
  return [...inPath, ...inQuery, ...inHeader];
}

const nameOf = (method, path) => method + path.replace(/^\/api\/v1/, '').split(/[^A-Za-z0-9]+/).filter(Boolean).map((word) => word[0].toUpperCase() + word.slice(1)).join('');

function operationOf(method, path, operation, file) {
  const { role, of = 'town', security } = operation;
  const problem = file.problem ?? 'Problem';
  const changes = !['get', 'options'].includes(method);
  const right = role && `Asks for the role **${role}** ${role === 'viewer' && of === 'town' ? '' : parts[of]}`.trim() + '.';
  const parameters = parametersOf(path, operation, file.params ?? {});
  const body = contentOf(operation.body, 'application/json');
  return {
    operationId: operation.id ?? nameOf(method, path),
    tags: [file.tag],
    summary: operation.summary,
    description: [operation.description?.trim(), right].filter(Boolean).join('\n\n') || undefined,
    ...(operation.deprecated ? { deprecated: true } : {}),
    security: security ?? (role ? [changes ? { session: [], csrf: [] } : { session: [] }, { bearer: [] }] : []),
    'x-qala-right': role ? { role, of } : { role: 'anybody' },
    ...(operation.socket ? { 'x-qala-socket': true } : {}),
    ...(parameters.length ? { parameters } : {}),
    ...(body ? { requestBody: { required: !operation.body.optional, content: body } } : {}),
    responses: responses(operation, problem),
  };
}

export function bundle(from = folder) {
  const read = (name) => parse(readFileSync(join(from, name), 'utf8'));
  const { schemas, responses: shared, order, ...head } = read('openapi.yaml');
  const document = { ...head, paths: {}, components: { ...head.components, responses: {}, schemas: {} } };
  const put = (name, schema) => {
    if (document.components.schemas[name]) throw new Error(`the schema ${name} is there twice`);
    document.components.schemas[name] = expand(schema);
  };
  for (const [name, schema] of Object.entries(schemas)) put(name, schema);
  for (const [name, one] of Object.entries(shared)) {
    document.components.responses[name] = { description: one.says, content: { 'application/json': { schema: expand(one.schema) } } };
  }
  const there = readdirSync(from).filter((name) => name.endsWith('.yaml') && name !== 'openapi.yaml').map((name) => name.replace('.yaml', ''));
  const sorted = [...order.filter((name) => there.includes(name)), ...there.filter((name) => !order.includes(name)).sort()];
  document.tags = [];
  for (const name of sorted) {
    const file = read(`${name}.yaml`);
    document.tags.push({ name: file.tag, description: file.about });
    for (const [schema, of] of Object.entries(file.schemas ?? {})) put(schema, of);
    for (const [path, item] of Object.entries(file.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        if (!methods.includes(method)) throw new Error(`${name}.yaml: ${path}: ${method} is no method`);
        if (document.paths[path]?.[method]) throw new Error(`${name}.yaml: ${method} ${path} is there twice`);
        const odd = Object.keys(operation).find((word) => !words.has(word));
        if (odd) throw new Error(`${name}.yaml: ${method} ${path}: "${odd}" is no word of an operation (a text with a comma wants quotes)`);
        if (!operation.answers) throw new Error(`${name}.yaml: ${method} ${path} says nothing of its answers`);
        (document.paths[path] ??= {})[method] = operationOf(method, path, operation, file);
      }
    }
  }
  return document;
}
