#include "sandbox/prelude.h"

namespace qala::sandbox {

// Runs first in every realm and gives the host its tools. Everything it needs later it keeps in variables of its own: a
// realm that is not frozen belongs to one call alone, and all others are frozen before they see a script.
constexpr char kText[] = R"js((() => {
'use strict';
const G = globalThis;
const { ownKeys, getOwnPropertyDescriptor, defineProperty, deleteProperty, getPrototypeOf, setPrototypeOf, isExtensible } = Reflect;
const put = (object, name, value) => defineProperty(object, name, { value, writable: true, enumerable: false, configurable: true });
const add = (object, methods) => { for (const name of ownKeys(methods)) if (!(name in object)) put(object, name, methods[name]); };

// What V8 has and this engine has not.
const relative = (index, length) => { index = Math.trunc(index) || 0; return index < 0 ? Math.max(length + index, 0) : Math.min(index, length); };
const found = (array, test, self, index) => { for (let i = array.length - 1; i >= 0; i--) if (test.call(self, array[i], i, array)) return index ? i : array[i]; return index ? -1 : undefined; };
const changed = (array, index, value, make) => {
  const at = Math.trunc(index) || 0, i = at < 0 ? array.length + at : at;
  if (i < 0 || i >= array.length) throw new RangeError('Invalid index : ' + index);
  const copy = make(array); copy[i] = value; return copy;
};
const list = (array) => Array.prototype.slice.call(array).fill(undefined).map((_, i) => array[i]);
add(Array.prototype, {
  findLast(test, self) { return found(this, test, self, false); },
  findLastIndex(test, self) { return found(this, test, self, true); },
  toReversed() { return list(this).reverse(); },
  toSorted(by) { return list(this).sort(by); },
  toSpliced(...how) { const copy = list(this); copy.splice(...how); return copy; },
  with(index, value) { return changed(this, index, value, list); },
});
add(getPrototypeOf(Uint8Array.prototype), {
  findLast(test, self) { return found(this, test, self, false); },
  findLastIndex(test, self) { return found(this, test, self, true); },
  toReversed() { return new this.constructor(this).reverse(); },
  toSorted(by) { return new this.constructor(this).sort(by); },
  with(index, value) { return changed(this, index, value, (array) => new array.constructor(array)); },
});
add(String.prototype, {
  isWellFormed() { return !/[\ud800-\udfff]/u.test(this); },
  toWellFormed() { return String(this).replace(/[\ud800-\udfff]/gu, '\ufffd'); },
});
const grouped = (items, by, take) => { let i = 0; for (const item of items) take(by(item, i++), item); };
add(Object, {
  groupBy(items, by) { const all = Object.create(null); grouped(items, by, (key, item) => { (all[key] ??= []).push(item); }); return all; },
});
add(Map, {
  groupBy(items, by) { const all = new Map(); grouped(items, by, (key, item) => { const at = all.get(key); if (at) at.push(item); else all.set(key, [item]); }); return all; },
});
add(Set.prototype, {
  union(other) { const all = new Set(this); for (const one of other.keys()) all.add(one); return all; },
  intersection(other) { const all = new Set(); for (const one of this) if (other.has(one)) all.add(one); return all; },
  difference(other) { const all = new Set(); for (const one of this) if (!other.has(one)) all.add(one); return all; },
  symmetricDifference(other) { const all = new Set(this); for (const one of other.keys()) if (this.has(one)) all.delete(one); else all.add(one); return all; },
  isSubsetOf(other) { for (const one of this) if (!other.has(one)) return false; return true; },
  isSupersetOf(other) { for (const one of other.keys()) if (!this.has(one)) return false; return true; },
  isDisjointFrom(other) { for (const one of this) if (other.has(one)) return false; return true; },
});
add(Promise, {
  withResolvers() { const all = {}; all.promise = new this((resolve, reject) => { all.resolve = resolve; all.reject = reject; }); return all; },
});
add(ArrayBuffer.prototype, {
  transfer(size = this.byteLength) { const to = new ArrayBuffer(size); new Uint8Array(to).set(new Uint8Array(this).subarray(0, size)); return to; },
});
add(Error, { captureStackTrace(object) { put(object, 'stack', ''); } });

// To the last bit as V8 has them: fdlibm's old logarithm, and a root of squares summed with their errors (Kahan).
const { log, sqrt, abs } = Math, bits = new DataView(new ArrayBuffer(8));
put(Math, 'log10', { log10(x) {
  x = +x;
  if (!(x > 0 && x < Infinity)) return log(x);
  if (x === 1) return 0;
  let k = 0;
  if (x < 2.2250738585072014e-308) { k = -54; x *= 18014398509481984; }
  bits.setFloat64(0, x);
  const word = bits.getInt32(0);
  k += (word >> 20) - 1023;
  const below = k < 0 ? 1 : 0;
  bits.setInt32(0, (word & 0xfffff) | (0x3ff - below) << 20);
  const y = k + below, z = y * 3.69423907715893078616e-13 + 4.34294481903251816668e-01 * log(bits.getFloat64(0));
  return z + y * 3.01029995663611771306e-01;
} }.log10);
put(Math, 'hypot', { hypot(x, y) {
  const sizes = [];
  let most = 0, none = false;
  for (let i = 0; i < arguments.length; i++) { const size = abs(arguments[i]); sizes[i] = size; if (size !== size) none = true; else if (size > most) most = size; }
  if (most === Infinity) return Infinity;
  if (none) return NaN;
  if (most === 0) return 0;
  let sum = 0, off = 0;
  for (let i = 0; i < sizes.length; i++) {
    const n = sizes[i] / most, term = n * n - off, next = sum + term;
    off = (next - sum) - term;
    sum = next;
  }
  return sqrt(sum) * most;
} }.hypot);

const console = {};
for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table', 'group', 'groupEnd', 'groupCollapsed', 'assert', 'count', 'time', 'timeEnd', 'timeLog']) {
  console[name] = { [name]() {} }[name];
}
put(G, 'console', console);

// What scripts written for Node touch. Made only for those that name it.
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const to64 = (bytes, url) => {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const n = bytes[i] << 16 | (bytes[i + 1] ?? 0) << 8 | (bytes[i + 2] ?? 0), left = bytes.length - i;
    out += alphabet[n >> 18] + alphabet[n >> 12 & 63] + (left > 1 ? alphabet[n >> 6 & 63] : '=') + (left > 2 ? alphabet[n & 63] : '=');
  }
  return url ? out.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '') : out;
};
const from64 = (text) => {
  const out = [];
  let bits = 0, have = 0;
  for (const letter of text) {
    if (letter === '=') break;
    const n = letter === '-' ? 62 : letter === '_' ? 63 : alphabet.indexOf(letter);
    if (n < 0) continue;
    bits = (bits << 6 | n) & 0xffffff;
    have += 6;
    if (have >= 8) out.push(bits >> (have -= 8) & 255);
  }
  return out;
};
const toUtf8 = (text) => {
  const out = [];
  for (const letter of text) {
    let n = letter.codePointAt(0);
    if (n >= 0xd800 && n < 0xe000) n = 0xfffd;
    if (n < 0x80) out.push(n);
    else if (n < 0x800) out.push(0xc0 | n >> 6, 0x80 | n & 63);
    else if (n < 0x10000) out.push(0xe0 | n >> 12, 0x80 | n >> 6 & 63, 0x80 | n & 63);
    else out.push(0xf0 | n >> 18, 0x80 | n >> 12 & 63, 0x80 | n >> 6 & 63, 0x80 | n & 63);
  }
  return out;
};
const fromUtf8 = (bytes) => {
  let out = '';
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i++];
    if (first < 0x80) { out += String.fromCharCode(first); continue; }
    let more = first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0;
    let n = first & (more === 1 ? 31 : more === 2 ? 15 : 7), low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80, high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (more === 0) { out += '\ufffd'; continue; }
    for (; more > 0 && bytes[i] >= low && bytes[i] <= high; more--, low = 0x80, high = 0xbf) n = n << 6 | bytes[i++] & 63;
    out += more > 0 ? '\ufffd' : String.fromCodePoint(n);
  }
  return out;
};
const latin1 = (bytes, mask) => { let out = ''; for (const byte of bytes) out += String.fromCharCode(byte & mask); return out; };
const toHex = (bytes) => { let out = ''; for (const byte of bytes) out += (byte >> 4).toString(16) + (byte & 15).toString(16); return out; };
const asText = (bytes, encoding) => {
  switch (String(encoding ?? 'utf8').toLowerCase()) {
    case 'utf8': case 'utf-8': return fromUtf8(bytes);
    case 'hex': return toHex(bytes);
    case 'base64': return to64(bytes);
    case 'base64url': return to64(bytes, true);
    case 'ascii': return latin1(bytes, 127);
    case 'latin1': case 'binary': return latin1(bytes, 255);
    case 'ucs2': case 'ucs-2': case 'utf16le': case 'utf-16le': { let out = ''; for (let i = 0; i + 1 < bytes.length; i += 2) out += String.fromCharCode(bytes[i] | bytes[i + 1] << 8); return out; }
    default: throw new TypeError('Unknown encoding: ' + encoding);
  }
};
const asBytes = (text, encoding) => {
  switch (String(encoding ?? 'utf8').toLowerCase()) {
    case 'utf8': case 'utf-8': return toUtf8(text);
    case 'hex': { const out = []; for (let i = 0; i + 1 < text.length; i += 2) { const pair = text.slice(i, i + 2); if (!/^[0-9a-f]{2}$/i.test(pair)) break; out.push(parseInt(pair, 16)); } return out; }
    case 'base64': case 'base64url': return from64(text);
    case 'ascii': case 'latin1': case 'binary': { const out = []; for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i) & 255); return out; }
    case 'ucs2': case 'ucs-2': case 'utf16le': case 'utf-16le': { const out = []; for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i) & 255, text.charCodeAt(i) >> 8); return out; }
    default: throw new TypeError('Unknown encoding: ' + encoding);
  }
};

const makeBuffer = () => {
  const dress = (bytes) => { setPrototypeOf(bytes, Buffer.prototype); return bytes; };
  const from = (value, second, third) => {
    if (typeof value === 'string') return dress(new Uint8Array(asBytes(value, second)));
    if (value instanceof ArrayBuffer) return dress(new Uint8Array(value, second, third));
    if (value?.type === 'Buffer' && Array.isArray(value.data)) return dress(new Uint8Array(value.data));
    if (value === null || typeof value !== 'object') throw new TypeError('The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object.');
    return dress(new Uint8Array(typeof value.length === 'number' ? Array.from(value) : []));
  };
  function Buffer(value, second, third) { return typeof value === 'number' ? dress(new Uint8Array(value)) : from(value, second, third); }
  setPrototypeOf(Buffer, Uint8Array);
  Buffer.prototype = Object.create(Uint8Array.prototype);
  put(Buffer.prototype, 'constructor', Buffer);
  const alloc = (size, fill, encoding) => { const all = dress(new Uint8Array(size)); return fill === undefined ? all : all.fill(fill, 0, size, encoding); };
  add(Buffer, {
    isBuffer: (value) => value instanceof Buffer,
    isEncoding: (name) => /^(utf-?8|hex|base64(url)?|ascii|latin1|binary|ucs-?2|utf-?16le)$/i.test(name),
    byteLength: (value, encoding) => typeof value === 'string' ? asBytes(value, encoding).length : value.byteLength,
    concat(parts, size = parts.reduce((sum, part) => sum + part.length, 0)) {
      const all = alloc(size);
      let at = 0;
      for (const part of parts) { const fits = part.subarray(0, Math.max(0, size - at)); all.set(fits, at); at += fits.length; }
      return all;
    },
    compare: (a, b) => a.compare(b),
  });
  put(Buffer, 'from', from);
  put(Buffer, 'alloc', alloc);
  put(Buffer, 'allocUnsafe', (size) => alloc(size));
  put(Buffer, 'of', (...bytes) => from(bytes));
  const proto = Buffer.prototype, typed = getPrototypeOf(Uint8Array.prototype), fillTyped = typed.fill, indexTyped = typed.indexOf;
  const own = {
    toString(encoding, start = 0, end = this.length) { return asText(this.subarray(start, end), encoding); },
    toJSON() { return { type: 'Buffer', data: Array.from(this) }; },
    slice(start, end) { return this.subarray(start, end); },
    equals(other) { return this.length === other.length && this.every((byte, i) => byte === other[i]); },
    compare(other) {
      for (let i = 0; i < this.length && i < other.length; i++) if (this[i] !== other[i]) return this[i] < other[i] ? -1 : 1;
      return Math.sign(this.length - other.length);
    },
    copy(to, at = 0, start = 0, end = this.length) { const part = this.subarray(start, Math.min(end, start + to.length - at)); to.set(part, at); return part.length; },
    write(text, at = 0, size = undefined, encoding = undefined) {
      if (typeof at === 'string') { encoding = at; at = 0; } else if (typeof size === 'string') { encoding = size; size = undefined; }
      const bytes = asBytes(text, encoding).slice(0, Math.min(size ?? Infinity, this.length - at));
      this.set(bytes, at);
      return bytes.length;
    },
    fill(value, start, end, encoding) {
      if (typeof value !== 'string') return fillTyped.call(this, value, start, end);
      const bytes = asBytes(value, typeof start === 'string' ? start : encoding);
      for (let i = relative(typeof start === 'string' ? 0 : start ?? 0, this.length), n = 0; i < (end ?? this.length); i++) this[i] = bytes.length ? bytes[n++ % bytes.length] : 0;
      return this;
    },
    indexOf(value, from = 0, encoding = undefined) {
      if (typeof value === 'number') return indexTyped.call(this, value & 255, from);
      const bytes = typeof value === 'string' ? asBytes(value, encoding) : value;
      for (let i = from; i + bytes.length <= this.length; i++) { let n = 0; while (n < bytes.length && this[i + n] === bytes[n]) n++; if (n === bytes.length) return i; }
      return -1;
    },
    includes(value, from, encoding) { return this.indexOf(value, from, encoding) >= 0; },
    swap16() { for (let i = 0; i + 1 < this.length; i += 2) [this[i], this[i + 1]] = [this[i + 1], this[i]]; return this; },
    readUIntBE(at, size) { let n = 0; bound(this, at, size); for (let i = 0; i < size; i++) n = n * 256 + this[at + i]; return n; },
    readUIntLE(at, size) { let n = 0; bound(this, at, size); for (let i = size - 1; i >= 0; i--) n = n * 256 + this[at + i]; return n; },
    readIntBE(at, size) { const n = this.readUIntBE(at, size), half = 2 ** (8 * size - 1); return n >= half ? n - 2 * half : n; },
    readIntLE(at, size) { const n = this.readUIntLE(at, size), half = 2 ** (8 * size - 1); return n >= half ? n - 2 * half : n; },
    writeUIntBE(value, at, size) { bound(this, at, size); for (let i = size - 1; i >= 0; i--) { this[at + i] = value % 256; value = Math.floor(value / 256); } return at + size; },
    writeUIntLE(value, at, size) { bound(this, at, size); for (let i = 0; i < size; i++) { this[at + i] = value % 256; value = Math.floor(value / 256); } return at + size; },
  };
  const bound = (bytes, at, size) => {
    if (typeof at !== 'number') throw new TypeError('The "offset" argument must be of type number. Received ' + typeof at);
    if (at < 0 || at + size > bytes.length) throw new RangeError('The value of "offset" is out of range. It must be >= 0 and <= ' + (bytes.length - size) + '. Received ' + at);
  };
  own.writeIntBE = own.writeUIntBE;
  own.writeIntLE = own.writeUIntLE;
  const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [name, method, size] of [['Int8', 'Int8', 1], ['UInt8', 'Uint8', 1], ['Int16', 'Int16', 2], ['UInt16', 'Uint16', 2], ['Int32', 'Int32', 4], ['UInt32', 'Uint32', 4],
    ['Float', 'Float32', 4], ['Double', 'Float64', 8], ['BigInt64', 'BigInt64', 8], ['BigUInt64', 'BigUint64', 8]]) {
    for (const end of size === 1 ? [''] : ['LE', 'BE']) {
      const read = function (at = 0) { bound(this, at, size); return view(this)['get' + method](at, end === 'LE'); };
      const write = function (value, at = 0) { bound(this, at, size); view(this)['set' + method](at, value, end === 'LE'); return at + size; };
      for (const spelt of new Set([name, name.replace('UInt', 'Uint')])) { own['read' + spelt + end] = read; own['write' + spelt + end] = write; }
    }
  }
  for (const name of ownKeys(own)) put(proto, name, own[name]);
  return Buffer;
};

const furnish = (text) => {
  const says = (word) => text.includes(word);
  if (says('Buffer') || says('require')) put(G, 'Buffer', makeBuffer());
  if (says('atob') || says('require')) put(G, 'atob', (text) => {
    const clean = String(text).replace(/[\t\n\f\r ]/g, '').replace(/={1,2}$/, '');
    if (/[^A-Za-z0-9+/]/.test(clean) || clean.length % 4 === 1) throw new Error('The string to be decoded is not correctly encoded.');
    return latin1(from64(clean), 255);
  });
  if (says('btoa') || says('require')) put(G, 'btoa', (text) => {
    const bytes = [...String(text)].map((letter) => letter.codePointAt(0));
    if (bytes.some((byte) => byte > 255)) throw new Error('Invalid character');
    return to64(bytes);
  });
  if (says('TextDecoder') || says('require')) put(G, 'TextDecoder', class TextDecoder {
    constructor(encoding = 'utf-8') { this.encoding = String(encoding).toLowerCase(); }
    decode(bytes = new Uint8Array(0)) {
      const all = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const text = asText(all, this.encoding === 'us-ascii' || this.encoding === 'iso-8859-1' || this.encoding === 'windows-1252' ? 'latin1' : this.encoding);
      return text.startsWith('\ufeff') ? text.slice(1) : text;
    }
  });
  if (says('TextEncoder') || says('require')) put(G, 'TextEncoder', class TextEncoder {
    get encoding() { return 'utf-8'; }
    encode(text = '') { return new Uint8Array(toUtf8(String(text))); }
  });
  if (says('require')) put(G, 'require', (name) => {
    const plain = String(name).replace(/^node:/, '');
    if (plain === 'buffer') return { Buffer: G.Buffer, atob: G.atob, btoa: G.btoa };
    if (plain === 'util') return { TextDecoder: G.TextDecoder, TextEncoder: G.TextEncoder, isArray: Array.isArray };
    throw new Error("Cannot find module '" + name + "'");
  });
  renew();
};
const renew = () => {
  const exports = {};
  G.module = { exports };
  G.exports = exports;
};
put(G, 'module', undefined);
put(G, 'exports', undefined);

// Whether a script seems to change what is built in, or to look for its own functions at the global object: such a one
// gets a realm of its own for every call.
const wild = (text) => {
  const builtin = '(?:Object|Array|String|Number|Boolean|Function|Date|RegExp|Math|JSON|Reflect|Symbol|Map|Set|Promise|Buffer|console|(?:Big)?U?[Ii]nt(?:8|16|32|64)?(?:Clamped)?Array|Float(?:32|64)Array|ArrayBuffer|DataView|BigInt|(?:[A-Z][a-z]+)?Error)';
  return new RegExp('\\b' + builtin + '\\s*\\.\\s*prototype\\b(?!\\s*\\.\\s*\\w+\\s*\\.\\s*(?:call|apply|bind)\\b)').test(text)
    || new RegExp('\\b' + builtin + '\\s*(?:\\.\\s*\\w+|\\[[^\\]]*\\])\\s*=[^=]').test(text)
    || /\.\s*(?:toString|valueOf|constructor|hasOwnProperty|toLocaleString|isPrototypeOf|propertyIsEnumerable)\s*=[^=]/.test(text)
    || /__proto__|__define[GS]etter__|setPrototypeOf|definePropert|globalThis|\beval\b|\bFunction\s*\(|["'`]prototype["'`]|\b(?:self|window|global)\s*\[/.test(text)
    || (/\bthis\s*\[/.test(text) && !/\bclass\b|\.prototype\b/.test(text));
};

// Freezes all that can be reached from the global object, and all names on it. What inherits from an error may still
// be given a name and a message of its own.
let known = null;
const harden = () => {
  for (const kind of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
    for (const name of ['name', 'message', 'toString']) {
      const value = kind.prototype[name];
      defineProperty(kind.prototype, name, {
        get() { return value; },
        set(given) { defineProperty(this, name, { value: given, writable: true, enumerable: true, configurable: true }); },
        configurable: false, enumerable: false });
    }
  }
  const seen = new Set([G]), ahead = [];
  const meet = (value) => {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) return;
    seen.add(value);
    ahead.push(value);
  };
  for (const name of ownKeys(G)) {
    if (name === 'module' || name === 'exports') continue;
    const has = getOwnPropertyDescriptor(G, name);
    meet(has.value); meet(has.get); meet(has.set);
    defineProperty(G, name, 'value' in has ? { writable: false, configurable: false } : { configurable: false });
  }
  [function* () {}, async function () {}, async function* () {}, [][Symbol.iterator](), ''[Symbol.iterator](), ''.matchAll(/a/g), new Map().keys(), new Set().keys(), (function* () {})(), (async function* () {})()].forEach(meet);
  while (ahead.length > 0) {
    const object = ahead.pop();
    meet(getPrototypeOf(object));
    for (const name of ownKeys(object)) {
      const has = getOwnPropertyDescriptor(object, name);
      meet(has.value); meet(has.get); meet(has.set);
    }
    Object.freeze(object);
  }
  known = new Set(ownKeys(G));
};
// Takes away what a call left at the global object; false: it cannot be taken away, the realm must go. What is new stands
// last, behind names that cannot have been moved; but numbers stand first.
const sweep = () => {
  const names = ownKeys(G);
  for (let i = names.length - 1; i >= 0; i--) {
    const name = names[i];
    if (!known.has(name)) { if (!deleteProperty(G, name)) return false; }
    else if (typeof name === 'string' && name !== 'module' && name !== 'exports') break;
  }
  for (let i = 0; i < names.length && !known.has(names[i]); i++) if (!deleteProperty(G, names[i])) return false;
  return isExtensible(G);
};

const downlink = (result, bare, port) => {
  const given = bare ? { bytes: result } : result;
  if (given === null || typeof given !== 'object') throw new TypeError('it answers ' + (given === null ? 'null' : typeof given) + ' and not an object');
  const out = {};
  for (const name of Object.keys(given)) {
    if (name !== 'bytes') { out[name] = given[name]; continue; }
    const bytes = given.bytes;
    if (bytes === undefined || bytes === null) continue;
    if (typeof bytes !== 'object' || typeof bytes.length !== 'number') throw new TypeError('bytes is not an array');
    let hex = '';
    for (let i = 0; i < bytes.length; i++) {
      if (typeof bytes[i] !== 'number') throw new TypeError('bytes[' + i + '] is not a number');
      hex += (bytes[i] >> 4 & 15).toString(16) + (bytes[i] & 15).toString(16);
    }
    out.bytes = hex;
  }
  if (out.fPort === undefined && port !== undefined && out.bytes !== undefined) out.fPort = port;
  return out;
};
return { furnish, renew, wild, harden, sweep, downlink };
})())js";

std::string_view prelude() { return {kText, sizeof kText - 1}; }

}  // namespace qala::sandbox
