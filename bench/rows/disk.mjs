// Disk: a year, settled and stopped; every byte of the data folder counts.
import { settings } from '../machine.mjs';
import { loadQala, loadVictoria, ofQala, ofVictoria, readingsInAYear } from '../year.mjs';

export async function disk(figures, raw) {
  const qala = ofQala();
  const facts = await loadQala(qala);
  const ours = facts.bytes / readingsInAYear();
  raw({ step: 'disk', engine: 'qala', bytes_per_reading: ours, ...facts });
  let peer;
  const victoria = ofVictoria();
  if (victoria) {
    const theirs = await loadVictoria(victoria);
    peer = { name: 'VictoriaMetrics', value: theirs.bytes / readingsInAYear() };
    raw({ step: 'disk', engine: 'victoria-metrics', bytes_per_reading: peer.value, ...theirs });
  }
  figures.add('disk', `${settings.year} days, whole data folder`, 'bytes per reading', ours, { floor: Math.min(0.7, peer?.value ?? 0.7), aim: 0.65, peer });
}
