// What lies in deploy/ for Prometheus and Grafana: it reads, and each metric and label it speaks of is in the /metrics of
// a real server that has everything set up. promtool looks over its own files too, where it is installed.
import { parse as parseYaml } from 'yaml';
import parseMetrics from 'parse-prometheus-text-format';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync, existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, root, check, equal, until, cases } from './lib.mjs';
import { day } from './town.mjs';

const deploy = join(root, 'deploy');
const text = (path) => readFileSync(join(deploy, path), 'utf8');
const yaml = (path) => parseYaml(text(path), { strict: true, uniqueKeys: true });
const scrape = yaml('prometheus/prometheus.yml');
const rules = yaml('prometheus/qala-rules.yml').groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(text('grafana/dashboards/qala.json'));
const queries = [
  ...rules.map((rule) => ({ at: `alert ${rule.alert}`, expr: rule.expr, words: Object.values(rule.annotations).join(' ').replaceAll(/\$labels\.(\w+)/g, '{{$1}}') })),
  ...dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((one) => ({ at: `panel ${panel.title}`, expr: one.expr, words: one.legendFormat }))),
  ...dashboard.annotations.list.map((one) => ({ at: `mark ${one.name}`, expr: one.expr, words: one.textFormat })),
  ...dashboard.templating.list.filter((one) => one.type === 'query').map((one) => ({ at: `choice ${one.name}`, expr: one.query.query, words: '' })),
];
const named = (expr) => [...new Set(expr.match(/\bqala_[a-z0-9_]+/g) ?? [])];

// A town with all that has figures only when it is set up or wrong: TLS, backups, a disk that has been watched for two
// days and gets full, a problem.
async function everything() {
  const data = scratch('deploy');
  const backups = scratch('deploy-backups');
  const config = `${data}.toml`;
  writeFileSync(config, `[http]\ntls_listen = "127.0.0.1:0"\n[backup]\nfolder = ${JSON.stringify(backups)}\n`);
  const ingest = token(data, 'ingest');
  const now = Math.floor(Date.now() / 1000);
  mkdirSync(data, { recursive: true });
  const { bavail, bsize } = statfsSync(data);
  writeFileSync(join(data, 'disk-history'), [2, 1].map((days) => `${now - days * 86400} ${bavail * bsize + days * 1e12}\n`).join(''));
  const env = { QALA_HTTP_WEB_FOLDER: join(data, 'no-screens') };
  const server = await new Server(data, { args: ['--auto-claim', '--config', config], env }).start();
  await server.request('POST', '/api/v2/write?precision=ms', { body: `telemetry,thing=a v=1 ${day}`, token: ingest });
  await server.request('POST', '/api/v2/write?precision=ms', { body: 'this is no line', token: ingest });
  const answer = await until('a problem is told', async () => {
    const seen = await server.request('GET', '/metrics');
    return /^qala_problem_severity/m.test(seen.text) && seen;
  });
  await server.stop();
  return new Map(parseMetrics(answer.text).map((family) => [family.name, new Set(family.metrics.flatMap((one) => Object.keys(one.labels ?? {})))]));
}
const metrics = await everything();

await cases({
  'each metric that the rules and the dashboard speak of is there': async () => {
    for (const { at, expr } of queries) {
      const names = named(expr);
      check(names.length > 0 || /\bup\{job="qala"/.test(expr), `${at} looks at something of Qala: ${expr}`);
      for (const name of names) check(metrics.has(name), `${at}: ${name} is in /metrics`);
    }
  },

  'each label, too: of the metric, or of the scraping': async () => {
    const scraped = new Set(['job', 'instance', ...scrape.scrape_configs.flatMap((job) => job.static_configs.flatMap((one) => Object.keys(one.labels ?? {})))]);
    check(scraped.has('town'), 'each town has its name');
    for (const { at, expr, words } of queries) {
      const known = new Set([...scraped, ...named(expr).flatMap((name) => [...metrics.get(name)])]);
      const selected = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside]) => [...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label));
      const grouped = [...expr.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap(([, inside]) => inside.split(',').map((label) => label.trim()));
      const shown = [...(words ?? '').matchAll(/\{\{\s*(\w+)/g)].map(([, label]) => label);
      for (const label of [...selected, ...grouped, ...shown]) check(known.has(label), `${at}: no label ${label} in ${expr}`);
    }
  },

  'what is counted is looked at by its rate, what is measured by its value': async () => {
    for (const { at, expr } of queries) {
      for (const name of named(expr)) {
        const counted = new RegExp(`\\b(rate|increase)\\(${name}\\b`).test(expr);
        equal(counted, name.endsWith('_total'), `${at}: ${name}`);
      }
    }
  },

  'an alert says how urgent it is, what it is and what to do': async () => {
    check(rules.length >= 12, `${rules.length} alerts`);
    equal(new Set(rules.map((rule) => rule.alert)).size, rules.length, 'each name once');
    for (const { alert, labels, annotations } of rules) {
      check(/^Qala[A-Z]\w+$/.test(alert), `${alert} is a name`);
      check(['page', 'ticket'].includes(labels.severity), `${alert}: page or ticket`);
      check(annotations.summary.includes('$labels.town') && annotations.action.length > 20, `${alert}: which town, what to do`);
    }
  },

  'Prometheus finds the rules, and Qala where the example listens': async () => {
    for (const file of scrape.rule_files) check(existsSync(join(deploy, 'prometheus', file)), `${file} is there`);
    const [job] = scrape.scrape_configs;
    const listens = readFileSync(join(root, 'qala.example.toml'), 'utf8').match(/^listen = "127\.0\.0\.1:(\d+)"/m)[1];
    equal([job.job_name, job.metrics_path, job.static_configs[0].targets], ['qala', '/metrics', [`localhost:${listens}`]], 'the job');
  },

  'Grafana finds both, and the panels lie beside each other': async () => {
    const [source] = yaml('grafana/provisioning/datasources/qala.yml').datasources;
    equal([source.type, source.isDefault], ['prometheus', true], 'the source');
    equal(yaml('grafana/provisioning/dashboards/qala.yml').providers[0].type, 'file', 'the dashboards');
    const { panels } = dashboard;
    equal(new Set(panels.map((panel) => panel.id)).size, panels.length, 'each number once');
    for (const [i, panel] of panels.entries()) {
      const { x, y, w, h } = panel.gridPos;
      check(x + w <= 24, `${panel.title} is within the page`);
      check(panel.type === 'row' || (panel.datasource.uid === '${prometheus}' && panel.targets.every((one) => one.expr)), `${panel.title} asks the chosen Prometheus`);
      const over = panels.slice(0, i).find(({ gridPos: o }) => x < o.x + o.w && o.x < x + w && y < o.y + o.h && o.y < y + h);
      check(!over, `${panel.title} lies on ${over?.title}`);
    }
  },

  'promtool takes the files, where it is installed': async () => {
    let promtool = '';
    try {
      promtool = execFileSync('sh', ['-c', 'command -v promtool'], { encoding: 'utf8' }).trim();
    } catch {
      console.log('SKIPPED: promtool (of Debian\'s prometheus, 96 MB) is not installed; the files were read by yaml alone');
    }
    if (promtool) {
      execFileSync(promtool, ['check', 'config', join(deploy, 'prometheus/prometheus.yml')]);
      execFileSync(promtool, ['check', 'rules', join(deploy, 'prometheus/qala-rules.yml')]);
    }
    check(true, 'looked for it');
  },
});
