// Rules: a million datastreams under five rules each, through the engine of the server, in a process of its own.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bin, settings } from '../machine.mjs';

export async function rules(figures, raw) {
  const out = JSON.parse(execFileSync(join(bin, 'bench_rules'), [settings.data], { encoding: 'utf8' }));
  raw({ step: 'rules', ...out });
  figures.add('rules', '1 M datastreams, 5 rules each', 'evaluations/s', out.evaluations_per_s, { better: 'more', floor: 0.5e6, aim: 1e6 });
  figures.add('rules', '1,000 alarms from one commit: step of judging, processor time', 'ms', out.flood_judge_ms, { floor: 20, aim: 2 });
  figures.add('rules', '… longest step of writing them, with its sync', 'ms', out.flood_write_step_ms, { floor: 50, aim: 20 });
  figures.add('rules', 'memory of the engine', 'MB resident', out.resident_mib, { floor: 300, aim: 200 });
}
