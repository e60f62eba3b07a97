// A week in the simulated town, lived through by the real server with the rules it ships, faster than the clock (see
// tests/shim/clock.cpp): quiet, and every alarm is a false one; with the town's ordinary faults, and each must be found.
// Both at once, or one of them (QALA_TEST_WEEK_TOWNS=quiet or faults). Prints alarms by rule and by day, and at the end of
// each day how many false ones there were until then.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, check, cases, root, qalaSim } from './lib.mjs';

const speed = Number(process.env.QALA_TEST_WEEK_SPEED ?? 3000);
const days = Number(process.env.QALA_TEST_WEEK_DAYS ?? 7);
const shim = join(process.env.QALA_TEST_BIN ?? join(root, 'build/release/bin'), 'libqala_clock.so');
const towns = (process.env.QALA_TEST_WEEK_TOWNS ?? 'quiet,faults').split(',');
const most = 6; // false alarms a day that an operator can live with
const [hour, minute] = [3_600_000, 60_000];
const year = new Date().getUTCFullYear() + 1; // the folder's own clock never goes back
const monday = Date.UTC(year, 0, 4 + (8 - new Date(Date.UTC(year, 0, 4)).getUTCDay()) % 7) - 5 * hour; // 0:00 in the town
const iso = (ms) => new Date(ms).toISOString();

async function live(name, faults) {
  const data = scratch(`week-${name}`);
  const admin = token(data, 'admin');
  const clock = join(scratch(`week-${name}-clock`), 'clock');
  writeFileSync(clock, Buffer.alloc(16));
  const env = { LD_PRELOAD: shim, TEST_CLOCK: `${monday / 1000} ${speed}`, TEST_CLOCK_FILE: clock, TEST_CLOCK_NO_SYNC: '1' };
  const server = await new Server(data, { env }).start();
  const sim = spawn(qalaSim, ['run', '--http', server.http, '--mqtt', server.mqtt, '--token', admin, '--days', '1', '--faults', faults,
    '--until', iso(monday + days * 24 * hour)], { env: { ...process.env, ...env, TEST_CLOCK_LEADS: '1' }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let log = '';
  sim.stderr.on('data', (text) => (said = (said + text).slice(-4000)));
  const watch = setInterval(() => { log += server.log; server.log = ''; }, 200);
  let day = 0;
  const tell = setInterval(async () => {
    const { now } = (await server.get('/api/v1/health', admin)).clock;
    if (now < monday + (day + 1) * 24 * hour) return;
    day = Math.floor((now - monday) / (24 * hour));
    const until = (await server.get('/api/v1/alarms?state=all&limit=10000', admin)).alarms;
    console.log(`  ${name}: ${day} days: ${until.filter((alarm) => !alarm.cause && !real(alarm)).length} alarms but for real air and full bins`);
  }, 10_000);
  const [code] = await once(sim, 'exit');
  clearInterval(tell);
  clearInterval(watch);
  check(code === 0, `the town lived to the week's end: ${code} ${said}`);
  const { alarms } = await server.get('/api/v1/alarms?state=all&limit=10000', admin);
  const { things } = await server.get('/api/v1/things', admin);
  const health = await server.get('/api/v1/health', admin);
  await server.stop();
  return { alarms: alarms.filter((alarm) => !alarm.cause), explained: alarms.filter((alarm) => alarm.cause), things: new Map(things.map((thing) => [thing.id, thing])), health,
    leaps: (log + server.log).split('clock leapt').length - 1 };
}

const dayOf = (alarm) => Math.floor((alarm.raised - monday) / (24 * hour));
function table(title, alarms, things) {
  const rows = new Map();
  for (const alarm of alarms) {
    const row = rows.get(alarm.rule) ?? Array(Math.ceil(days) + 1).fill(0);
    row[Math.min(Math.ceil(days), Math.max(0, dayOf(alarm)))] += alarm.count ?? 1;
    rows.set(alarm.rule, row);
  }
  console.log(`\n${title}: ${alarms.length}`);
  for (const [rule, row] of [...rows].sort()) console.log(`  ${rule.padEnd(22)} ${row.map((n) => String(n).padStart(4)).join('')}   ${[...new Set(alarms.filter((alarm) => alarm.rule === rule).map((alarm) => things.get(alarm.thing)?.key))].slice(0, 6).join(' ')}`);
}
// What the air really is, and what really is full, is no mistake of a rule.
const real = (alarm) => /^(pm|so2|no2|co|o3|h2s).*_high$|^bin_full$/.test(alarm.rule);

// Night as rules see it in January: the sun deep enough for certain.
const night = (ms) => { const clock = ((ms + 5 * hour) / hour) % 24; return clock > 18 || clock < 7; };
function nightly({ from, until }, least) {
  let total = 0;
  for (let at = Math.max(from, monday); at < Math.min(until, monday + days * 24 * hour); at += minute) total += night(at) ? minute : 0;
  return total >= least;
}
// Which rule must speak of a fault, if it lasted as long as the rule waits; null: no rule looks for it. Who was silent
// before the town began has never been heard.
function expected(fault, thing) {
  const lasted = Math.min(fault.until, monday + days * 24 * hour) - Math.max(fault.from, monday + hour);
  const interval = Math.max(...thing.datastreams.map((stream) => stream.interval_ms ?? minute));
  switch (fault.what) {
    case 'lights_out': return nightly(fault, 15 * minute) && 'feeder_dead';
    case 'lamp_broken': return nightly(fault, hour) && 'lamp_dark';
    case 'silent': return fault.from > monday - 20 * hour && lasted > 3 * interval + 30 * minute && (thing.kind === 'gateway' ? 'gateway_silent' : 'silent');
    case 'gateway_lost': return lasted > 15 * minute && 'gateway_silent';
    case 'frozen': return lasted > 7 * hour && { air_station: 'pm2_5_frozen', heat_substation: 'heat_supply_frozen' }[thing.kind];
    default: return null;
  }
}

const told = ({ leaps, health }) => console.log(`clock leaps that reset silence: ${leaps} · readings ${health.store.observations}`);

function judgeQuiet(quiet) {
  const mistaken = quiet.alarms.filter((alarm) => !real(alarm));
  table('quiet week, all alarms', quiet.alarms, quiet.things);
  table('quiet week, false', mistaken, quiet.things);
  for (const alarm of mistaken.slice(0, 40)) console.log(`    ${iso(alarm.raised)} ${alarm.rule} ${quiet.things.get(alarm.thing)?.key} ${alarm.cleared ? `until ${iso(alarm.cleared)}` : 'still'}`);
  told(quiet);
  check(mistaken.length / days <= most, `at most ${most} false alarms a day in a quiet week: ${mistaken.length} in ${days} days`);
}

function judgeFaulty(faulty) {
  table('week with faults, all alarms', faulty.alarms, faulty.things);
  told(faulty);
  const faults = execFileSync(qalaSim, ['faults', '--from', iso(monday), '--until', iso(monday + days * 24 * hour)], { encoding: 'utf8' })
    .trim().split('\n').map((line) => JSON.parse(line));
  const byKey = new Map([...faulty.things.values()].map((thing) => [thing.key, thing]));
  const all = [...faulty.alarms, ...faulty.explained];
  const missed = [];
  const counts = {};
  for (const fault of faults) {
    const thing = byKey.get(fault.thing);
    const rule = thing && expected(fault, thing);
    const count = (counts[fault.what] ??= { seeded: 0, long_enough: 0, found: 0 });
    count.seeded++;
    if (!rule) continue;
    count.long_enough++;
    const around = (alarm) => alarm.raised >= fault.from - hour && alarm.raised <= fault.until + hour;
    const above = new Set([thing.id, thing.parent, thing.gateway, faulty.things.get(thing.parent)?.parent].filter(Boolean));
    if (all.some((alarm) => around(alarm) && ((alarm.thing === thing.id && alarm.rule === rule) || (above.has(alarm.thing) && alarm.covers > 0)))) count.found++;
    else missed.push(fault);
  }
  const touched = (alarm) => {
    const thing = faulty.things.get(alarm.thing);
    const near = new Set([thing.key, ...[thing.parent, thing.gateway, faulty.things.get(thing.parent)?.parent].map((id) => faulty.things.get(id)?.key)]);
    return faults.some((fault) => fault.from <= alarm.raised + hour && fault.until >= alarm.raised - 2 * hour && (near.has(fault.thing) || alarm.covers > 0));
  };
  const unexplained = faulty.alarms.filter((alarm) => !real(alarm) && !touched(alarm));
  table('week with faults, false', unexplained, faulty.things);
  console.log('\nfaults: ', JSON.stringify(counts));
  if (missed.length) console.log('not found:', missed.map((fault) => `${fault.what} ${fault.thing} ${iso(fault.from)} ${iso(fault.until)}`).join('\n  '));
  check(unexplained.length / days <= most, `at most ${most} false alarms a day beside real faults: ${unexplained.length} in ${days} days`);
  check(missed.length === 0, `every fault is found: ${missed.length} are not`);
}

await cases({
  [`${days} days at most ${speed} times the clock's pace: ${towns.join(' and ')}`]: async () => {
    const lives = { quiet: () => live('quiet', 'off'), faults: () => live('faults', 'on') };
    const [quiet, faulty] = await Promise.all(['quiet', 'faults'].map((one) => (towns.includes(one) ? lives[one]() : null)));
    if (quiet) judgeQuiet(quiet);
    if (faulty) judgeFaulty(faulty);
  },
});
