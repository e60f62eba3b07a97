// Figures and the table of them. A figure: what was measured, against floor and aim, beside the peer of the same run.
export class Figures {
  constructor() { this.all = []; }
  // better: 'more' or 'less'. floor, aim: numbers, or absent. peer: { name, value }.
  add(row, what, unit, ours, { better = 'less', floor, aim, peer, note } = {}) {
    const reaches = (bar) => (better === 'less' ? ours <= bar : ours >= bar);
    const mark = floor === undefined ? '' : aim !== undefined && reaches(aim) ? 'aim' : reaches(floor) ? 'floor' : 'BELOW';
    const figure = { row, what, unit, ours, better, floor, aim, peer, note, mark };
    this.all.push(figure);
    console.log(`  ${what}: ${show(ours)} ${unit}${peer ? `, ${peer.name} ${show(peer.value)}` : ''}${mark ? `  [${mark}]` : ''}${note ? `  (${note})` : ''}`);
    return figure;
  }
}

export function show(value) {
  if (value === undefined || value === null) return '–';
  if (typeof value !== 'number') return String(value);
  if (Math.abs(value) >= 1e5) return `${(value / 1e6).toFixed(2)} M`;
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

export function table(figures) {
  const lines = ['| row | figure | Qala | floor | aim | peer in this run | mark |', '| --- | --- | ---: | ---: | ---: | ---: | --- |'];
  for (const f of figures) {
    lines.push(`| ${f.row} | ${f.what}, ${f.unit}${f.note ? ` (${f.note})` : ''} | ${show(f.ours)} | ${show(f.floor)} | ${show(f.aim)} | ${f.peer ? `${f.peer.name} ${show(f.peer.value)}` : '–'} | ${f.mark || '–'} |`);
  }
  return lines.join('\n');
}
