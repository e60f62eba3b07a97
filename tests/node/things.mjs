// Things are edited by several at once, have pictures, and keep them through kills and backups.
import { readdirSync, existsSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, run, check, equal, until, cases } from './lib.mjs';
import { addThing } from './town.mjs';

const jpeg = (text) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(text)]);
const photos = (data) => (existsSync(join(data, 'photos')) ? readdirSync(join(data, 'photos')).sort() : []);

await cases({
  'of two who change a thing at once neither loses a field': async () => {
    const data = scratch('two-writers');
    const admin = token(data, 'admin');
    const server = await new Server(data).start();
    const { id } = await addThing(server, admin, { key: 'L-1' });
    const put = (body) => server.request('PUT', `/api/v1/things/${id}`, { token: admin, body: JSON.stringify(body) });
    for (let round = 0; round < 40; round++) {
      const answers = await Promise.all([put({ street: `street ${round}` }), put({ owner: `owner ${round}` }), put({ description: `text ${round}` })]);
      equal(answers.map((answer) => answer.status), [200, 200, 200], 'all are taken');
      const thing = await server.get(`/api/v1/things/${id}`, admin);
      equal([thing.street, thing.owner, thing.description], [`street ${round}`, `owner ${round}`, `text ${round}`], `round ${round}`);
    }
    // Of those who say what they have seen, exactly one is first.
    const { version } = await server.get(`/api/v1/things/${id}`, admin);
    const seen = await Promise.all(['a', 'b', 'c'].map((owner) => server.request('PUT', `/api/v1/things/${id}`,
      { token: admin, body: JSON.stringify({ owner }), headers: { 'if-match': `"${version}"` } })));
    equal(seen.map((answer) => answer.status).sort(), [200, 412, 412], 'one is first, two are told');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'a photo is told by its bytes, served as what it is, and gone when nothing has it': async () => {
    const data = scratch('photos');
    const admin = token(data, 'admin');
    const server = await new Server(data).start();
    const { id } = await addThing(server, admin, { key: 'L-1' });
    const put = (body, type = 'image/jpeg') => server.request('PUT', `/api/v1/things/${id}/photo`, { token: admin, body, headers: { 'content-type': type } });
    for (const bad of ['<svg onload="alert(1)"/>', '<html></html>', 'GIF89a', '']) equal((await put(bad)).json.error.code, 'photo.no_picture', bad);
    const large = await put(jpeg('x'.repeat((1 << 20) + 1)));
    equal([large.status, large.json.error.code], [413, 'photo.too_large'], 'one that is too large');
    const { photo } = (await put(jpeg('a lamp'), 'text/html')).json;
    const get = (query = '') => server.request('GET', `/api/v1/things/${id}/photo${query}`, { token: admin });
    const answer = await get(`?name=${photo}`);
    equal([answer.status, answer.headers['content-type'], answer.headers['x-content-type-options'], answer.headers['cache-control']],
      [200, 'image/jpeg', 'nosniff', 'private, max-age=31536000, immutable'], 'whatever the client said');
    equal((await get()).headers['cache-control'], 'no-cache', 'without its name it is asked for again');
    equal((await server.request('GET', `/api/v1/things/${id}/photo`)).status, 401, 'not for everybody');
    equal((await put(jpeg('another'))).status, 200, 'replaced');
    check(!photos(data).includes(photo) && photos(data).length === 1, 'the old one is gone');
    equal((await server.request('DELETE', `/api/v1/things/${id}/photo`, { token: admin })).status, 200, 'taken away');
    equal([photos(data), (await get()).status], [[], 404], 'nothing is left');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'a file is looked through without changing anything, and only its own credentials are withdrawn through a thing': async () => {
    const data = scratch('looked-through');
    const admin = token(data, 'admin');
    const server = await new Server(data).start();
    const one = await addThing(server, admin, { key: 'L-1' });
    const two = await addThing(server, admin, { key: 'L-2' });
    const file = (text, dry) => server.request('POST', `/api/v1/things/import?format=csv&dry_run=${dry}`, { token: admin, body: text });
    const look = await file('key,street\nL-1,Abai\nL-9,Abai\n', 1);
    equal([look.status, look.json], [200, { created: 1, changed: 1, unchanged: 0, problems: [] }], 'what would become of it');
    equal((await server.get('/api/v1/things', admin)).things.map((thing) => [thing.key, thing.street ?? '']), [['L-1', ''], ['L-2', '']], 'nothing has');
    equal((await file('key,street\nL-1,Abai\nL-9,Abai\n', 0)).json.created, 1, 'taken');
    const made = await server.request('POST', `/api/v1/things/${two.id}/token`, { token: admin });
    equal((await server.request('DELETE', `/api/v1/things/${one.id}/tokens/${made.json.id}`, { token: admin })).status, 404, 'not through another thing');
    equal((await server.request('POST', `/api/v1/${made.json.token}/telemetry`, { body: '{"power":1}' })).status, 200, 'it still opens');
    equal((await server.request('DELETE', `/api/v1/things/${two.id}/tokens/${made.json.id}`, { token: admin })).status, 204, 'through its own');
    equal((await server.request('POST', `/api/v1/${made.json.token}/telemetry`, { body: '{"power":1}' })).status, 401, 'and no more');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'photos outlive a kill and come back from a backup; what a kill left half done goes': async () => {
    const data = scratch('photos-kept');
    const admin = token(data, 'admin');
    const server = await new Server(data).start();
    const { id } = await addThing(server, admin, { key: 'L-1' });
    const put = await server.request('PUT', `/api/v1/things/${id}/photo`, { token: admin, body: jpeg('a lamp') });
    const { photo } = put.json;
    await server.kill();
    writeFileSync(join(data, 'photos', `${'0'.repeat(64)}.jpg`), jpeg('nobody has it'));
    writeFileSync(join(data, 'photos', `${photo}.new`), 'half');
    await server.start();
    equal(photos(data), [photo], 'the picture is there, the rest is gone');
    const copy = join(scratch('photos-copy'), 'backup');
    run('backup', '--data', data, '--to', copy);
    equal(await server.stop(), 0, 'SIGTERM');
    const fresh = join(scratch('photos-again'), 'town');
    run('restore', '--from', copy, '--data', fresh);
    check(readFileSync(join(fresh, 'photos', photo)).equals(jpeg('a lamp')), 'restored byte for byte');
    writeFileSync(join(fresh, 'photos', photo), jpeg('another'));
    let damage = '';
    try {
      run('check', '--data', fresh);
    } catch (error) {
      damage = error.stdout;
    }
    check(damage.includes(photo), `check names a damaged picture: ${damage}`);
  },

  'a thing removed with its readings is rid of them though a kill comes between': async () => {
    const data = scratch('erase-killed');
    const admin = token(data, 'admin');
    const ingest = token(data, 'ingest');
    const server = await new Server(data, { args: ['--auto-claim'] }).start();
    const secret = 'the-words-that-must-go-4713';
    const written = await server.request('POST', '/api/v2/write', { body: `telemetry,thing=person said="${secret}"\ntelemetry,thing=other said="stays"`, token: ingest, scheme: 'Token' });
    equal(written.status, 204, 'written');
    const find = async () => (await server.get('/api/v1/things', admin)).things.find((thing) => thing.key === 'person');
    const { id } = await find();
    const answer = server.request('DELETE', `/api/v1/things/${id}?readings=erase`, { token: admin }).catch(() => undefined);
    await until('the thing is gone', async () => !(await find()), 30);
    await server.kill();
    await answer;
    await server.start();
    const holding = () => readdirSync(join(data, 'readings'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)).filter((path) => existsSync(path) && readFileSync(path).includes(secret));
    await until('no byte of its readings is left', async () => holding().length === 0, 60);
    equal(await server.stop(), 0, 'SIGTERM');
  },
});
