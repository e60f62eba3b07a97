// Holds real requests and answers against the description, strictly: a field that is not described is a mistake, in what
// was accepted and in what was answered. The whole-program tests ask it (tests/node/lib.mjs).
import './modules.mjs';

const { default: Ajv } = await import('ajv/dist/2020.js');
const { default: formats } = await import('ajv-formats');
const home = 'qala:description';

const closes = (schema) => schema.additionalProperties === undefined && (schema.properties || schema.allOf || schema.$ref);

// The same schema, in which objects have no more than what is described. `part`: others add to it.
function close(schema, part = false) {
  if (Array.isArray(schema)) return schema.map((one) => close(one));
  if (schema === null || typeof schema !== 'object') return schema;
  const out = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref') out.$ref = value.replace('#/components/schemas/', `${home}#/$defs/`);
    else if (key === 'properties') out.properties = Object.fromEntries(Object.entries(value).map(([name, of]) => [name, close(of)]));
    else if (key === 'allOf') out.allOf = value.map((one) => close(one, true));
    else if (['items', 'prefixItems', 'oneOf', 'anyOf', 'additionalProperties'].includes(key)) out[key] = close(value);
    else out[key] = value;
  }
  if (!part && closes(schema)) out.unevaluatedProperties = false;
  return out;
}

// /v1.1/{set}({id}) as a pattern; what has fewer names in it goes first.
function pattern(path) {
  const text = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(\w+)\}/g, (_, name) => (name === 'path' ? '.+' : '[^/()]+'));
  return new RegExp(`^${text}$`);
}

const typeOf = (headers) => (headers['content-type'] ?? '').split(';')[0].trim();
const isJson = (type) => /[/+]json$/.test(type);

export class Described {
  constructor(document) {
    this.document = document;
    this.ajv = new Ajv({ strict: false, allErrors: true });
    formats(this.ajv);
    const schemas = document.components.schemas;
    this.ajv.addSchema({ $id: home, $defs: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, close(schema, true)])) });
    this.paths = Object.keys(document.paths).map((path) => ({ path, pattern: pattern(path), names: path.split('{').length }))
      .sort((a, b) => a.names - b.names);
    this.checks = new Map();
  }

  find(method, path) {
    const found = this.paths.find((one) => one.pattern.test(path) && this.document.paths[one.path][method.toLowerCase()]);
    return found && { path: found.path, operation: this.document.paths[found.path][method.toLowerCase()] };
  }

  response(operation, status) {
    const named = operation.responses[status] ?? (status >= 400 ? operation.responses.default : undefined);
    return named?.$ref ? this.document.components.responses[named.$ref.split('/').at(-1)] : named;
  }

  mistakes(schema, value) {
    if (!this.checks.has(schema)) this.checks.set(schema, this.ajv.compile(close(schema)));
    const check = this.checks.get(schema);
    if (check(value)) return [];
    const told = check.errors.map((error) => `${error.instancePath || '/'} ${error.message}${error.params.unevaluatedProperty ? ` (${error.params.unevaluatedProperty})` : ''}`);
    return [...new Set(told)].slice(0, 5);
  }

  // [what is wrong]; empty if all is as described. `operation` is told to who counts.
  look({ method, path, headers = {}, body }, answer, told = () => {}) {
    const [plain, search = ''] = path.split('?');
    if (method === 'HEAD' || answer.status === 304 || /^\/(control|api\/page)(\/|$)/.test(plain)) return [];
    const found = this.find(method, decodeURIComponent(plain));
    if (!found) return answer.status < 400 ? [`${method} ${plain} is not described`] : [];
    const { operation } = found;
    const where = `${method} ${found.path} ${answer.status}`;
    const mistakes = this.answered(operation, answer);
    if (answer.status < 300) mistakes.push(...this.accepted(operation, headers, body, new URLSearchParams(search)));
    if (!mistakes.length) told(where);
    return mistakes.map((mistake) => `${where}: ${mistake}`);
  }

  answered(operation, { status, headers, text }) {
    const described = this.response(operation, status);
    if (!described) return ['this status is not described'];
    if (!described.content) return text ? [`a body is not described: ${text.slice(0, 100)}`] : [];
    const type = typeOf(headers);
    const content = described.content[type];
    if (!content) return [`"${type}" is not described, but ${Object.keys(described.content)}`];
    if (isJson(type) && !text) return ['an empty answer is not described'];
    return isJson(type) ? this.mistakes(content.schema, JSON.parse(text)) : [];
  }

  accepted(operation, headers, body, query) {
    const names = (operation.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name);
    const out = [...query.keys()].filter((name) => !names.includes(name)).map((name) => `it takes ?${name}=, which is not described`);
    const content = operation.requestBody?.content;
    if (!body || !body.length) return out;
    if (!content) return body === '{}' ? out : [...out, 'it takes a body, which is not described'];
    const json = Object.entries(content).find(([type]) => isJson(type));
    const looks = json && (typeOf(headers) === '' || isJson(typeOf(headers))) && /^\s*[[{]/.test(body);
    return looks ? [...out, ...this.mistakes(json[1].schema, JSON.parse(body)).map((mistake) => `what it took: ${mistake}`)] : out;
  }
}
