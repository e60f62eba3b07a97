// Public warnings against a real server. The standard's schema is third-party test data (QALA_TEST_SHARED); without it the
// order of the elements and what they must hold is looked at all the same.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Parser from 'rss-parser';
import xml2js from 'xml2js';
import { Server, scratch, token, check, equal, until, cases } from './lib.mjs';

const password = 'warm rooms 12';
const hour = 3600_000;
const shared = process.env.QALA_TEST_SHARED;
const schema = shared && join(shared, 'testdata/cap/CAP-v1.2.xsd');
const has_schema = Boolean(schema && existsSync(schema));
if (!has_schema) console.log('SKIPPED the schema of CAP 1.2 is not here (QALA_TEST_SHARED): files are looked at without it');

const area = '51.90,70.80 51.90,71.10 52.10,71.10 52.10,70.80 51.90,70.80';
const frost = (fields = {}) => ({
  hazard: 'frost', urgency: 'expected', severity: 'moderate', certainty: 'likely', expires: Date.now() + 12 * hour,
  texts: {
    kk: { headline: 'Түнде қатты аяз', description: 'Ауа −38 °C-қа дейін суыйды <&>.', instruction: 'Үйде болыңыз.' },
    ru: { headline: 'Ночью сильный мороз', description: 'До −38 °C.\nВетер слабый.', instruction: 'Оставайтесь дома.' },
    en: { headline: 'Severe frost tonight', description: 'Down to −38 °C.', instruction: 'Stay in.' },
  },
  ...fields,
});

class Town {
  constructor(name, config = '') {
    this.data = scratch(name);
    this.admin = token(this.data, 'admin');
    const file = join(this.data, 'qala.toml');
    writeFileSync(file, `[town]\ncap_sender = "alerts@ushozek.kz"\ncap_area = "${area}"\n${config}`);
    this.server = new Server(this.data, { args: ['--config', file] });
    this.people = {};
  }
  async start() {
    await this.server.start();
    return this;
  }
  async person(name, role = 'operator') {
    const made = await this.server.request('POST', '/api/v1/users', { token: this.admin, body: JSON.stringify({ name, role, password, language: 'kk' }) });
    equal(made.status, 201, `the user ${name}: ${made.text}`);
    const answer = await this.server.request('POST', '/api/v1/session', { body: JSON.stringify({ user: name, password }) });
    equal(answer.status, 200, `${name} signs in`);
    this.people[name] = { cookie: answer.headers['set-cookie'][0].split(';')[0], 'x-qala-csrf': answer.json.csrf };
  }
  async ask(status, who, method, path, body) {
    const answer = await this.server.request(method, path, { headers: this.people[who], body: body === undefined ? undefined : JSON.stringify(body) });
    equal(answer.status, status, `${who}: ${method} ${path}: ${answer.text}`);
    return answer.text ? answer.json : null;
  }
  async refused(code, who, path, body) {
    const answer = await this.server.request('POST', path, { headers: this.people[who], body: JSON.stringify(body) });
    equal([answer.status, answer.json.error.code], [409, code], `${who}: ${path}: ${answer.text}`);
  }
  // Published by asem, approved by nurlan where that is needed.
  async out(draft) {
    const at = `/api/v1/warnings/${draft.id}`;
    if (draft.needs_approval) await this.ask(200, 'nurlan', 'POST', `${at}/approve`, { revision: draft.revision });
    return this.ask(200, 'asem', 'POST', `${at}/publish`, { revision: draft.revision });
  }
  async write(fields) {
    return this.out(await this.ask(201, 'asem', 'POST', '/api/v1/warnings', frost(fields)));
  }
  async feed(headers = {}) {
    const answer = await this.server.request('GET', '/cap/feed.atom', { headers });
    check(answer.status === 200 || answer.status === 304, `the feed: ${answer.status}`);
    return answer;
  }
  async entries() {
    return (await new Parser({ customFields: { item: ['cap:msgType', 'cap:severity', 'cap:expires', 'cap:identifier'] } }).parseString((await this.feed()).text)).items;
  }
  async file(warning) {
    const answer = await this.server.request('GET', `/cap/${warning.identifier}.xml`);
    equal([answer.status, answer.headers['content-type']], [200, 'application/cap+xml'], `the file of ${warning.identifier}`);
    return this.valid(answer.text);
  }
  // By the schema of OASIS if it is here; in any case by what it asks of every element that is used here.
  async valid(xml) {
    const path = join(this.data, 'alert.xml');
    writeFileSync(path, xml);
    execFileSync('xmllint', ['--noout', '--nonet', ...(has_schema ? ['--schema', schema] : []), path], { stdio: ['ignore', 'ignore', 'pipe'] });
    const { alert } = await xml2js.parseStringPromise(xml);
    const order = (names, element, what) => {
      const found = Object.keys(element).filter((name) => name !== '$');
      equal(found, names.filter((name) => found.includes(name)), `elements of ${what}, in their order`);
    };
    order(['identifier', 'sender', 'sent', 'status', 'msgType', 'source', 'scope', 'restriction', 'addresses', 'code', 'note', 'references', 'incidents', 'info'], alert, 'alert');
    for (const info of alert.info) {
      order(['language', 'category', 'event', 'responseType', 'urgency', 'severity', 'certainty', 'audience', 'eventCode', 'effective', 'onset', 'expires', 'senderName',
        'headline', 'description', 'instruction', 'web', 'contact', 'parameter', 'resource', 'area'], info, 'info');
      for (const name of ['category', 'urgency', 'severity', 'certainty', 'expires']) equal(info[name], alert.info[0][name], `${name} is the same in every language`);
      check(/[+-]\d\d:\d\d$/.test(info.expires[0]) && info.area[0].areaDesc[0], 'when and where');
    }
    equal(alert.info.slice(0, 2).map((info) => info.language[0]), ['kk-KZ', 'ru-KZ'], 'Kazakh and Russian, in that order');
    check(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:00$/.test(alert.sent[0]), `sent has the town's offset: ${alert.sent[0]}`);
    return alert;
  }
  async stop() {
    equal(await this.server.stop(), 0, 'SIGTERM');
  }
}

const triple = (warning, alert) => `${alert.sender[0]},${warning.identifier},${alert.sent[0]}`;

await cases({
  'a severe warning goes out by two people, is updated and cancelled, and readers of others follow': async () => {
    const town = await new Town('cap').start();
    await town.person('asem');
    await town.person('nurlan');
    const empty = await town.feed();
    equal([empty.headers['content-type'], empty.headers['cache-control']], ['application/atom+xml; charset=utf-8', 'public, max-age=60'], 'how the feed is served');
    equal(await town.entries(), [], 'nothing is in force');

    const draft = await town.ask(201, 'asem', 'POST', '/api/v1/warnings', frost({ severity: 'severe' }));
    const at = `/api/v1/warnings/${draft.id}`;
    equal([draft.state, draft.needs_approval], ['draft', true], 'a draft');
    await town.refused('warning.second_person', 'asem', `${at}/publish`, { revision: 1 });
    await town.refused('warning.same_person', 'asem', `${at}/approve`, { revision: 1 });
    equal((await town.server.request('POST', `${at}/approve`, { token: town.admin, body: '{"revision":1}' })).json.error.code, 'warning.no_person', 'a token is nobody');
    await town.refused('warning.changed', 'nurlan', `${at}/approve`, { revision: 7 });
    equal(await town.entries(), [], 'still nothing');
    equal((await town.server.request('GET', `${at}/cap.xml`, { token: town.admin })).status, 404, 'a draft has no file');
    await town.ask(200, 'nurlan', 'POST', `${at}/approve`, { revision: 1 });
    const alert = await town.ask(200, 'asem', 'POST', `${at}/publish`, { revision: 1 });
    equal([alert.state, alert.written_by, alert.approved_by, alert.published_by], ['in_force', 'asem', 'nurlan', 'asem'], 'who did what');
    await town.ask(409, 'asem', 'PUT', at, { revision: 1, ...frost() });
    await town.ask(409, 'asem', 'DELETE', at);

    const first = await town.file(alert);
    equal([first.msgType[0], first.status[0], first.scope[0], first.references], ['Alert', 'Actual', 'Public', undefined], 'the alert');
    equal([first.info[0].description[0], first.info[1].description[0]], ['Ауа −38 °C-қа дейін суыйды <&>.', 'До −38 °C.\nВетер слабый.'], 'the words, as they were written');
    equal(first.info[2].area[0].polygon, [area], 'the town');
    const [entry] = await town.entries();
    equal([entry.title, entry['cap:severity'], entry['cap:identifier']], ['Түнде қатты аяз / Ночью сильный мороз / Severe frost tonight', 'Severe', alert.identifier], 'what the feed says');
    equal(entry.link, `http://${town.server.http}/cap/${alert.identifier}.xml`, 'the link leads to the file');

    const followed = await town.ask(201, 'asem', 'POST', `${at}/update`, {});
    const changed = await town.ask(200, 'asem', 'PUT', `/api/v1/warnings/${followed.id}`, { revision: 1, ...frost({ severity: 'minor' }) });
    equal(changed.needs_approval, true, 'nor does one person calm the town');
    const update = await town.out(changed);
    const second = await town.file(update);
    equal([second.msgType[0], second.references[0]], ['Update', triple(alert, first)], 'the update names the alert');
    equal((await town.entries()).map((one) => one['cap:identifier']), [update.identifier], 'and stands in its place');
    await town.refused('warning.overtaken', 'asem', `${at}/cancel`, {});

    const again = await town.out(await town.ask(201, 'asem', 'POST', `/api/v1/warnings/${update.id}/update`, {}));
    const third = await town.file(again);
    equal(third.references[0].split(' '), [triple(alert, first), triple(update, second)], 'the second update names both');
    await town.server.kill();
    await town.server.start();
    const cancel = await town.out(await town.ask(201, 'asem', 'POST', `/api/v1/warnings/${again.id}/cancel`, {}));
    const last = await town.file(cancel);
    equal([last.msgType[0], last.references[0].split(' ')], ['Cancel', [triple(alert, first), triple(update, second), triple(again, third)]], 'the cancellation names all, also after a kill');
    check(last.note[0].includes('Отменено'), 'and says in its note what it is');
    equal((await town.entries()).map((one) => [one['cap:msgType'], one['cap:identifier']]), [['Cancel', cancel.identifier]], 'readers see that it is over');
    equal(JSON.stringify(await town.file(alert)), JSON.stringify(first), 'the first file is there as it was');
    equal((await town.ask(200, 'asem', 'GET', '/api/v1/warnings')).warnings.map(({ state }) => state).toSorted(), ['cancellation', 'cancelled', 'replaced', 'replaced'], 'how they stand');
    await town.stop();
  },

  'whoever has the list open is told of every step': async () => {
    const town = await new Town('cap-stream').start();
    await town.person('asem');
    await town.person('nurlan');
    const socket = new WebSocket(`ws://${town.server.http}/api/v1/stream?p=${town.admin}`);
    const told = [];
    let greeted = false;
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'warnings') told.push(message.generation);
      greeted ||= message.type === 'pong';
    });
    await until('the stream is open', () => socket.readyState === WebSocket.OPEN);
    socket.send(JSON.stringify({ subscribe: ['warnings'] }));
    socket.send(JSON.stringify({ ping: 1 }));
    await until('the wish has arrived', () => greeted);
    const step = async (what, act) => {
      const before = told.length;
      const answer = await act();
      await until(`the list's readers are told: ${what}`, () => told.length > before, 20);
      return answer;
    };
    const draft = await step('written', () => town.ask(201, 'asem', 'POST', '/api/v1/warnings', frost({ severity: 'severe' })));
    const at = `/api/v1/warnings/${draft.id}`;
    await step('changed', () => town.ask(200, 'asem', 'PUT', at, { revision: 1, ...frost({ severity: 'extreme' }) }));
    await step('approved', () => town.ask(200, 'nurlan', 'POST', `${at}/approve`, { revision: 2 }));
    await step('published', () => town.ask(200, 'asem', 'POST', `${at}/publish`, { revision: 2 }));
    const update = await step('followed', () => town.ask(201, 'asem', 'POST', `${at}/update`, {}));
    await step('discarded', () => town.ask(204, 'asem', 'DELETE', `/api/v1/warnings/${update.id}`));
    equal(told, told.toSorted((a, b) => a - b), 'the number only rises');
    socket.close();
    await town.stop();
  },

  'the feed is asked for cheaply, and changes when something changes': async () => {
    const town = await new Town('cap-feed').start();
    await town.person('asem');
    const empty = await town.feed();
    equal((await town.feed({ 'if-none-match': empty.headers.etag })).status, 304, 'the same by its tag');
    equal((await town.feed({ 'if-modified-since': empty.headers['last-modified'] })).status, 304, 'the same by its date');
    const brief = await town.write({ expires: Date.now() + 3000 });
    const full = await town.feed({ 'if-none-match': empty.headers.etag });
    equal(full.status, 200, 'another');
    check(Date.parse(full.headers['last-modified']) >= Date.parse(empty.headers['last-modified']), 'and later');
    const file = await town.server.request('GET', `/cap/${brief.identifier}.xml`);
    equal((await town.server.request('GET', `/cap/${brief.identifier}.xml`, { headers: { 'if-none-match': file.headers.etag } })).status, 304, 'the file, too');
    await until('it leaves the feed by itself', async () => (await town.entries()).length === 0, 20);
    equal((await town.feed({ 'if-none-match': full.headers.etag })).status, 200, 'which is another by then');
    equal((await town.server.request('GET', `/cap/${brief.identifier}.xml`)).status, 200, 'its file stays');
    for (const name of ['nothing.xml', `${brief.identifier}`, 'feed.xml']) equal((await town.server.request('GET', `/cap/${name}`)).status, 404, name);
    await town.stop();
  },

  'exercises, tests and training copies stay inside': async () => {
    const town = await new Town('cap-exercise').start();
    await town.person('asem');
    await town.person('nurlan');
    for (const status of ['exercise', 'test']) {
      const played = await town.write({ status, severity: 'extreme' });
      equal(played.state, 'in_force', `${status}: in the control room it is in force`);
      equal((await town.server.request('GET', `/cap/${played.identifier}.xml`)).status, 404, `${status}: nobody else gets its file`);
      const inside = await town.server.request('GET', `/api/v1/warnings/${played.id}/cap.xml`, { token: town.admin });
      const alert = await town.valid(inside.text);
      equal([alert.status[0].toLowerCase(), alert.scope[0]], [status, 'Restricted'], 'its file says what it is');
    }
    equal(await town.entries(), [], 'the feed has none of it');
    for (const language of ['kk', 'ru', 'en']) check(!(await town.server.request('GET', `/${language}`)).text.includes('<section class="alert warn'), `nor has the residents' page (${language})`);
    const real = await town.write();
    await town.stop();
    writeFileSync(join(town.data, 'qala.toml'), '[town]\nexercise = true\n');
    await town.start();
    equal(await town.entries(), [], 'a training copy has nothing public');
    equal((await town.server.request('GET', `/cap/${real.identifier}.xml`)).status, 404, 'nor a file');
    await town.ask(400, 'asem', 'POST', '/api/v1/warnings', frost());
    await town.stop();
  },

  'residents read what is in force in their language, without a script': async () => {
    const town = await new Town('cap-residents').start();
    await town.person('asem');
    await town.person('nurlan');
    await town.write({ severity: 'extreme' });
    for (const [language, words] of Object.entries({ kk: 'Төтенше қауіп: Түнде қатты аяз', ru: 'Чрезвычайная опасность: Ночью сильный мороз', en: 'Extreme danger: Severe frost tonight' })) {
      const page = await town.server.request('GET', `/${language}`);
      check(page.text.includes(`</svg> <h2>${words}</h2>`), `${words} on the page`);
      check(!page.text.includes('<script'), 'no script');
    }
    await town.stop();
  },

  'what is wrong in a draft is said with its field': async () => {
    const town = await new Town('cap-wrong').start();
    await town.person('asem');
    await town.person('guest', 'viewer');
    const wrong = async (begins, fields) => {
      const answer = await town.ask(400, 'asem', 'POST', '/api/v1/warnings', frost(fields));
      check(answer.error.message.startsWith(begins), `${begins}: ${answer.error.message}`);
    };
    await wrong('texts.kk.headline: is empty', { texts: { ...frost().texts, kk: { headline: ' ', description: 'x', instruction: 'x' } } });
    await wrong('texts.ru.description: has the character U+0007', { texts: { ...frost().texts, ru: { headline: 'x', description: 'x\u0007', instruction: 'x' } } });
    await wrong('expires: lies in the past', { expires: Date.now() - 1 });
    await wrong('expires: is more than 48 hours away', { expires: Date.now() + 49 * hour });
    await wrong('hazard: "snow" is not known', { hazard: 'snow' });
    await wrong('area.polygons[0]: the polygon is not closed', { area: { polygons: ['52,70.9 52,71 52.05,71 52.05,70.9'], name: { kk: 'А', ru: 'А' } } });
    await wrong('area.polygons[0]: point 1 lies outside of the town', { area: { polygons: ['10,20 10,21 11,21 10,20'], name: { kk: 'А', ru: 'А' } } });
    await wrong('area.zones: there is no zone 77', { area: { zones: [77] } });
    await town.ask(403, 'guest', 'POST', '/api/v1/warnings', frost());
    // A zone is where its things are.
    const csv = 'key,kind,zone,zone_name_kk,zone_name_ru,zone_name_en,lon,lat\nB-1,bin,west,Батыс,Запад,West,70.93,51.98\nB-2,bin,west,,,,70.95,51.99\n';
    equal((await town.server.request('POST', '/api/v1/things/import?format=csv', { token: town.admin, body: csv })).status, 200, 'a zone');
    const [zone] = (await town.server.get('/api/v1/zones', town.admin)).zones;
    const made = await town.ask(201, 'asem', 'POST', '/api/v1/warnings', frost({ area: { zones: [zone.id] } }));
    equal([made.area.name.ru, made.area.polygons.length, made.area.polygons[0].split(' ').length], ['Запад', 1, 17], 'a name and an outline');
    await town.valid((await town.server.request('GET', `/cap/${(await town.out(made)).identifier}.xml`)).text);
    await town.stop();
  },
});
