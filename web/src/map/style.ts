/**
 * The map's layers, from the ground up: ground, fields, water, roads, blocks, parks, houses, avenue, railway, heat pipes,
 * lamps, area of an alarm, names, clusters and things. Value tags and call-outs lie above, as HTML.
 */
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { Palette } from './palette';

const empty = { type: 'FeatureCollection' as const, features: [] };
const font = ['Inter', 'sans-serif'];

/** Pixels of a length in metres, at every zoom. */
function metres(length: number | ExpressionSpecification, latitude: number, least = 0): ExpressionSpecification {
  const at = (zoom: number): ExpressionSpecification => {
    const scale = (512 * 2 ** zoom) / (40_075_016.686 * Math.cos((latitude * Math.PI) / 180));
    return ['max', least, ['*', scale, length]];
  };
  return ['interpolate', ['exponential', 2], ['zoom'], 10, at(10), 20, at(20)];
}
const width = (fallback: number): ExpressionSpecification => ['to-number', ['get', 'width'], fallback];

function planLayers(p: Palette, latitude: number): LayerSpecification[] {
  const of = (layer: string, shape: 'Polygon' | 'LineString'): ExpressionSpecification => [
    'all',
    ['==', ['get', 'layer'], layer],
    ['in', ['geometry-type'], ['literal', [shape, `Multi${shape}`]]],
  ];
  const fill = (layer: string, color: string, opacity = 1): LayerSpecification => ({
    id: `${layer}-fill`, type: 'fill', source: 'plan', filter: of(layer, 'Polygon'),
    paint: { 'fill-color': color, 'fill-opacity': opacity, 'fill-antialias': true },
  });
  const line = (id: string, layer: string, color: string, size: ExpressionSpecification, more: object = {}): LayerSpecification => ({
    id, type: 'line', source: 'plan', filter: of(layer, 'LineString'), layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': color, 'line-width': size, ...more },
  });
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': p['m-ground'] } },
    fill('field', p['m-block'], 0.55),
    line('shore-line', 'water', p['m-shore'], metres(['+', 8, width(46)], latitude)),
    { id: 'shore', type: 'line', source: 'plan', filter: of('water', 'Polygon'), paint: { 'line-color': p['m-shore'], 'line-width': metres(8, latitude, 1) } },
    fill('water', p['m-water']),
    line('water-line', 'water', p['m-water'], metres(width(46), latitude)),
    line('park-line', 'park', p['m-green'], metres(width(20), latitude)),
    fill('road', p['m-road']),
    line('road-line', 'road', p['m-road'], metres(width(18), latitude, 1)),
    fill('block', p['m-block']),
    fill('park', p['m-green']),
    fill('house', p['m-house']),
    fill('flat', p['m-flat']),
    fill('hall', p['m-hall']),
    line('avenue-line', 'avenue', p['m-ave'], metres(width(24), latitude, 1.5)),
    fill('avenue', p['m-ave']),
    line('railway-line', 'railway', p['m-rail'], metres(width(9), latitude, 1.5)),
    line('railway-ties', 'railway', p['m-ground'], metres(5, latitude, 0.7), { 'line-dasharray': [4, 4] }),
    line('pipe-line', 'pipe', p['m-pipe'], metres(4, latitude, 1.1), { 'line-dasharray': [4, 3], 'line-opacity': 0.8 }),
  ];
}

/** Severity of a feature as a colour, by its property `severity`. */
const bySeverity = (p: Palette, part: '' | '-edge'): ExpressionSpecification => [
  'match', ['get', 'severity'], 1, p[`s1${part}`], 2, p[`s2${part}`], 3, p[`s3${part}`], 4, p[`s4${part}`], p[`s5${part}`],
];

function liveLayers(p: Palette, latitude: number): LayerSpecification[] {
  const dark: ExpressionSpecification = ['==', ['get', 'state'], 'dark'];
  return [
    {
      id: 'lamps', type: 'circle', source: 'lamps', filter: ['!', dark],
      paint: {
        'circle-color': p['m-lamp'],
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 12, 1, 14, 1.5, 17, 4],
        'circle-opacity': ['match', ['get', 'state'], 'lit', 0.95, 'off', 0.4, 0.55],
      },
    },
    { id: 'area-air', type: 'circle', source: 'areas', filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-color': bySeverity(p, ''), 'circle-radius': metres(['get', 'radius'], latitude), 'circle-blur': 0.9, 'circle-opacity': 0.22 } },
    { id: 'area-fill', type: 'fill', source: 'areas', filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': bySeverity(p, ''), 'fill-opacity': 0.16 } },
    { id: 'area-line', type: 'line', source: 'areas', filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'line-color': bySeverity(p, '-edge'), 'line-width': 1.3, 'line-opacity': 0.85 } },
    { id: 'lamps-dark', type: 'circle', source: 'lamps', filter: dark,
      paint: { 'circle-color': p['m-ground'], 'circle-radius': ['interpolate', ['linear'], ['zoom'], 12, 2.2, 14, 3.4, 17, 7], 'circle-stroke-width': 1.5, 'circle-stroke-color': bySeverity(p, '-edge') } },
  ];
}

function nameLayers(p: Palette): LayerSpecification[] {
  const name = (id: string, layer: string, more: object, paint: object): LayerSpecification =>
    ({
      id, type: 'symbol', source: 'names', filter: ['==', ['get', 'layer'], layer],
      layout: { 'text-field': ['get', 'label'], 'text-font': font, 'text-padding': 4, ...more },
      paint: { 'text-halo-color': p['m-ground'], 'text-halo-width': 1.4, ...paint },
    }) as LayerSpecification;
  const streets = { 'text-size': 11.5, 'symbol-placement': 'line-center', 'text-max-angle': 60, 'text-keep-upright': true };
  return [
    name('street-names', 'street_name', streets, { 'text-color': p['m-label'] }),
    name('place-names', 'place_name', { 'text-size': 12 }, { 'text-color': p['m-label'] }),
    name('zone-names', 'zone_name', { 'text-size': 12.5, 'text-letter-spacing': 0.14, 'text-transform': 'uppercase' }, { 'text-color': p['tx-2'] }),
  ];
}

function thingLayers(p: Palette): LayerSpecification[] {
  const single: ExpressionSpecification = ['!', ['has', 'count']];
  const worst: ExpressionSpecification = ['get', 'worst'];
  return [
    { id: 'clusters', type: 'circle', source: 'things', filter: ['has', 'count'],
      paint: { 'circle-color': p['m-block'], 'circle-opacity': 0.92, 'circle-radius': ['step', ['get', 'count'], 11, 10, 13, 100, 16], 'circle-stroke-width': 1, 'circle-stroke-color': p['line-2'] } },
    { id: 'cluster-counts', type: 'symbol', source: 'things', filter: ['has', 'count'],
      layout: { 'text-field': ['to-string', ['get', 'count']], 'text-font': font, 'text-size': 12, 'text-allow-overlap': true, 'text-ignore-placement': true },
      paint: { 'text-color': p['tx-2'] } },
    { id: 'cluster-worst', type: 'symbol', source: 'things', filter: ['all', ['has', 'count'], ['<', worst, 9]],
      layout: { 'icon-image': ['concat', 's', ['to-string', worst], 'o'], 'icon-size': 0.72, 'icon-offset': [17, -15], 'icon-allow-overlap': true, 'icon-ignore-placement': true } },
    { id: 'things', type: 'symbol', source: 'things', filter: single,
      layout: { 'icon-image': ['get', 'icon'], 'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['-', 0, ['get', 'worst']] } },
    { id: 'selected', type: 'circle', source: 'selected',
      paint: { 'circle-radius': 11, 'circle-color': 'transparent', 'circle-opacity': 0, 'circle-stroke-width': 2.5, 'circle-stroke-color': p['accent'] } },
  ];
}

export function layersOf(palette: Palette, latitude: number): LayerSpecification[] {
  return [...planLayers(palette, latitude), ...liveLayers(palette, latitude), ...nameLayers(palette), ...thingLayers(palette)];
}

/** No glyphs, no sprite, no tiles: everything comes from the town's own plan. */
export function styleOf(palette: Palette, latitude: number): StyleSpecification {
  return {
    version: 8,
    sources: {
      plan: { type: 'geojson', data: empty, tolerance: 0.2 },
      names: { type: 'geojson', data: empty },
      lamps: { type: 'geojson', data: empty, tolerance: 0, buffer: 16 },
      areas: { type: 'geojson', data: empty },
      things: { type: 'geojson', data: empty },
      selected: { type: 'geojson', data: empty },
    },
    layers: layersOf(palette, latitude),
  };
}
