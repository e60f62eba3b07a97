// qala codec run: makers' payload codecs in their sandbox. Each is decoded as V8, which Node is, decodes it, to the letter.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import vm from 'node:vm';
import { createRequire } from 'node:module';
import { scratch, check, equal, cases, root, qala } from './lib.mjs';
import { command } from './town.mjs';
import { nasty } from '../codecs/nasty.mjs';

process.env.TZ = 'UTC';
const makers = join(root, 'tests/codecs/makers');
const script = (name) => readFileSync(join(makers, `${name}.js`), 'utf8');

// Gives text to `qala codec run --jsonl`, as it is; the lines that come back.
async function lines(text) {
  const child = spawn(qala, ['codec', 'run', '--jsonl'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (part) => { out += part; });
  const ended = new Promise((done) => child.on('close', done));
  child.stdin.on('error', () => {});
  child.stdin.end(text);
  equal(await ended, 0, 'its exit code');
  check(out === '' || out.endsWith('\n'), 'the last line is ended');
  return out.split('\n').slice(0, -1);
}
const ask = async (requests) => lines(requests.map((request) => `${JSON.stringify(request)}\n`).join(''));

// What V8 answers, as text.
function v8({ script: text, bytes = '', as = 'decodeUplink', legacy, data, more = {}, module: withModule, node }, fPort = 1) {
  const require = createRequire(import.meta.url);
  const exports = {};
  const world = { ...(withModule ? { module: { exports }, exports } : {}), ...(node ? { Buffer, require, atob, btoa, TextDecoder, TextEncoder } : {}) };
  const context = vm.createContext(world);
  vm.runInContext(text, context);
  const list = [...Buffer.from(bytes, 'hex')];
  const input = `(() => { const input = ${JSON.stringify(data === undefined ? { bytes: list, fPort } : { data })};`
    + `${more.recvTime ? `input.recvTime = new Date(${JSON.stringify(more.recvTime)});` : ''}${more.variables ? `input.variables = ${JSON.stringify(more.variables)};` : ''} return input; })()`;
  const call = legacy === 'Decoder' ? `({data: Decoder(${JSON.stringify(list)}, ${fPort})})`
    : legacy === 'Decode' ? `({data: Decode(${fPort}, ${JSON.stringify(list)}, ${JSON.stringify(more.variables ?? {})})})`
      : `${withModule ? 'module.exports.' : ''}${as}(${input})`;
  const result = vm.runInContext(`JSON.stringify(${call})`, context);
  if (as !== 'encodeDownlink') return result;
  const { bytes: encoded, ...others } = JSON.parse(result);
  return JSON.stringify(encoded ? { bytes: Buffer.from(encoded).toString('hex'), ...others } : others);
}
const request = ({ script: text, bytes, as, data, more = {} }, fPort = 1) => ({ script: text, routine: as, fPort: data === undefined ? fPort : undefined, bytes: data === undefined ? bytes ?? '' : undefined, input: data, ...more });

await cases({
  'scripts on the edges of the language are decoded as V8 decodes them': async () => {
    const all = Object.entries(nasty);
    check(all.length >= 50, `${all.length} scripts`);
    const answers = await ask(all.map(([, one]) => request(one)));
    const wrong = all.map(([name, one], i) => [name, answers[i], v8(one)]).filter(([, ours, theirs]) => ours !== theirs);
    check(wrong.length === 0, wrong.map(([name, ours, theirs]) => `${name}:\n  ${ours}\n  ${theirs}`).join('\n'));
  },

  'makers\' scripts give what the makers expect': async () => {
    const file = join(process.env.QALA_TEST_SHARED ?? join(root, '../shared'), 'testdata/lorawan-examples/examples.jsonl');
    if (!existsSync(file)) {
      console.log('SKIPPED: no examples of LoRaWAN devices');
      return check(true, 'nothing to compare');
    }
    const examples = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    equal(examples.length, 30, 'examples');
    const answers = await ask(examples.map(({ codec, fPort, bytes }) => ({ script: script(codec), fPort, bytes })));
    examples.forEach((example, i) => {
      check(isDeepStrictEqual(JSON.parse(answers[i]), example.expected), `${example.codec}, ${example.description}: ${answers[i]}`);
      const legacy = { 'dingtek/df702': 'Decoder', 'teneo-iot/filling-degree-sensor': 'Decode' }[example.codec];
      equal(answers[i], v8({ script: script(example.codec), bytes: example.bytes, legacy, module: example.codec.startsWith('laird') }, example.fPort), `${example.codec} as V8 has it`);
    });
  },

  'every line has its answer in its place, whatever it is': async () => {
    const good = (n) => JSON.stringify({ script: 'function decodeUplink(i) { return {data: i.bytes[0]}; }', fPort: 1, bytes: n.toString(16).padStart(2, '0') });
    const given = [good(1), '', '{', 'null', good(2), '{"script":"function decodeUplink(i) { for (;;); }","bytes":"00"}', good(3), '{"script":"throw 1"}', '\u0000', `{"script":"${'x'.repeat(2e6)}"}`, 'y'.repeat(5e6), good(4),
      '{"script":"function decodeUplink(i) { var a = []; for (;;) a.push(a.slice()); }","bytes":""}', good(5), '{"builtin":"cayenne-lpp","bytes":"03670110"}', good(6)];
    const answers = await lines(given.join('\n')); // without an end of the last line
    equal(answers.length, given.length, 'answers');
    const data = answers.map((line) => JSON.parse(line));
    for (const [i, n] of [[0, 1], [4, 2], [6, 3], [11, 4], [13, 5], [15, 6]]) equal(data[i], { data: n }, `line ${i + 1}`);
    equal(data[14], { data: { temperature_3: 27.2 } }, 'Cayenne LPP');
    for (const [i, words] of [[1, /line 2: .*empty/], [2, /line 3: .*not JSON/], [3, /not a JSON object/], [5, /longer than 100 ms \(strike 1 of 3\)/], [7, /1/], [8, /not JSON/], [9, /longer than 1024 KB/], [10, /longer than 4 MB/], [12, /memory|longer|MB/]]) {
      check(Array.isArray(data[i].errors) && words.test(data[i].errors[0]), `line ${i + 1}: ${answers[i]}`);
    }
  },

  'three strikes are the end of a codec, and of nothing else': async () => {
    const loop = 'function decodeUplink(i) { while (i.bytes[0]); return {data: 1}; }';
    const answers = (await ask([...Array(5).fill({ script: loop, bytes: '01' }), { script: loop, bytes: '00' }, { script: `${loop}//`, bytes: '00' }])).map((line) => JSON.parse(line));
    check(/strike 3: the codec is disabled/.test(answers[2].errors[0]), answers[2].errors[0]);
    for (const i of [3, 4, 5]) equal(answers[i], { errors: ['the codec is disabled: it takes longer than 100 ms'] }, `answer ${i + 1}`);
    equal(answers[6], { data: 1 }, 'another codec');
  },

  'a question at a time is answered at once': async () => {
    const child = spawn(qala, ['codec', 'run', '--jsonl'], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      for (let n = 0; n < 5; n++) {
        const answer = new Promise((done) => child.stdout.once('data', (text) => done(String(text))));
        child.stdin.write(`{"script":"function decodeUplink(i) { return {data: i.bytes}; }","bytes":"0${n}"}\n`);
        equal(await answer, `{"data":[${n}]}\n`, `answer ${n}`);
      }
    } finally {
      child.kill('SIGKILL');
    }
  },

  'many thousands go through, in order': async () => {
    const text = script('milesight-iot/am107');
    const hex = (n) => `0675${(n & 255).toString(16).padStart(2, '0')}`.replace('0675', '0175');
    const answers = await ask(Array.from({ length: 20000 }, (_, n) => ({ script: n % 100 === 50 ? `${text}//${n}` : text, fPort: 85, bytes: hex(n) })));
    equal(answers.length, 20000, 'answers');
    const wrong = answers.map((line, n) => `${n}: ${line}`).filter((line, n) => line !== `${n}: {"data":{"battery":${n & 255}}}`);
    equal(wrong.slice(0, 5), [], `each its own, ${wrong.length} are not`);
  },

  'one codec from a file': async () => {
    const folder = scratch('codec');
    const file = join(folder, 'codec.js');
    writeFileSync(file, '#!/usr/bin/env node\nfunction decodeUplink(input) { return {data: {n: input.bytes.length, v: input.variables, now: new Date()}}; }\nfunction encodeDownlink(input) { return {bytes: [input.data.x], fPort: 3}; }');
    const one = async (code, ...args) => JSON.parse((await command(code, ['codec', 'run', ...args])).out);
    equal(await one(0, '--script', file, '--routine', 'decodeUplink', '--fport', '2', '--hex', 'A0b1', '--input', '{"variables":{"a":"1"}}', '--received', '2026-11-30T00:00:00Z'), { data: { n: 2, v: { a: '1' }, now: '2026-11-30T00:00:00.000Z' } }, 'decoded');
    equal(await one(0, '--script', file, '--routine', 'encodeDownlink', '--input', '{"x":255}'), { bytes: 'ff', fPort: 3 }, 'encoded');
    equal(await one(0, '--cayenne-lpp', '--hex', '0167FFD7'), { data: { temperature_1: -4.1 } }, 'Cayenne LPP');
    check(/no function decodeDownlink/.test((await one(1, '--script', file, '--routine', 'decodeDownlink', '--hex', '00')).errors[0]), 'no such routine');
    await command(2, ['codec', 'run', '--script', file, '--hex', '0']);
    await command(2, ['codec', 'run', '--hex', '00']);
    await command(1, ['codec', 'run', '--script', join(folder, 'nowhere.js'), '--hex', '00']);
  },
});
