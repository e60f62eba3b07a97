/**
 * The plan's layers, from the ground up: ground, fields, water, roads, blocks, parks, houses, avenue, railway, heat
 * pipes. What lives (names, lamps, areas, clusters, things) is drawn above by live-canvas.ts, tags and call-outs as HTML.
 */
import type { FeatureCollection } from 'geojson';
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { Palette } from './palette';


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
    paint: { 'fill-color': color, 'fill-opacity': opacity, 'fill-antialias': layer !== 'block' && layer !== 'field' },
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

export function layersOf(palette: Palette, latitude: number): LayerSpecification[] {
  return planLayers(palette, latitude);
}

/**
 * No glyphs, no sprite, no tiles: everything comes from the town's own plan. It is cut no finer than zoom 12 (0.7 m a
 * step), so that a town is four pieces and not forty: each piece that arrives draws the map once more.
 */
export function styleOf(palette: Palette, latitude: number, plan: FeatureCollection): StyleSpecification {
  return {
    version: 8,
    sources: { plan: { type: 'geojson', data: plan, maxzoom: 12, tolerance: 0.1, buffer: 64 } },
    layers: layersOf(palette, latitude),
  };
}
