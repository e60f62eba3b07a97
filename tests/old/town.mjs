// What is compared of a town before and after an upgrade: everything people put in or rely on.
import { readings, things, count, client } from '../node/town.mjs';
import { until } from '../node/lib.mjs';

export async function townOf(server, admin) {
  const known = await things(server, admin);
  const out = { things: [], readings: {}, observations: await count(server, admin) };
  for (const [key, thing] of [...known].sort()) {
    out.things.push({ id: thing.id, key, name: thing.name, kind: thing.kind, street: thing.street, parent: thing.parent });
    for (const stream of thing.datastreams ?? []) out.readings[`${key}/${stream.key}`] = digest(await readings(server, admin, key, stream.key));
  }
  const { alarms } = await server.get('/api/v1/alarms?state=all', admin);
  out.alarms = alarms
    .map((a) => ({ id: a.id, rule: a.rule, thing: a.thing, severity: a.severity, raised: a.raised, acknowledged_by: a.acknowledged?.by ?? null, comments: a.comments.map((c) => c.text) }))
    .sort((a, b) => a.id - b.id);
  out.unclaimed = (await server.get('/api/v1/unclaimed', admin)).devices.map((d) => ({ key: d.key, via: d.via, readings: d.readings, last_payload: d.last_payload }));
  out.users = (await server.get('/api/v1/users', admin)).users.map((u) => ({ name: u.name, role: u.role, language: u.language }));
  const bus = await client(server.bus, { protocolVersion: 5 });
  await bus.subscribeAsync('town/#');
  out.retained = await until('the retained message comes', () => bus.received.length && bus.received.map((m) => [m.topic, m.text]), 20);
  await bus.endAsync();
  return out;
}

// Many readings as a few numbers, and the first and last as they are.
function digest(rows) {
  let hash = 0;
  for (const character of JSON.stringify(rows)) hash = (Math.imul(hash, 31) + character.codePointAt(0)) | 0;
  return { count: rows.length, hash, first: rows[0], last: rows.at(-1) };
}
