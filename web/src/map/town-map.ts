/**
 * MapLibre held at arm's length: the only file that imports it. Lives as long as its element; destroy() frees the GPU.
 * Everything it draws is handed to it; it decides nothing.
 */
import type { FeatureCollection } from 'geojson';
import * as maplibregl from 'maplibre-gl';
import workerUrl from 'virtual:map-worker';
import './map.css';
import type { Camera } from './live-canvas';
import { readPalette } from './palette';
import { layersOf, styleOf } from './style';

maplibregl.setWorkerUrl(workerUrl);
maplibregl.prewarm(); // the workers start while the town is still being fetched

type PaintName = Parameters<maplibregl.Map['setPaintProperty']>[1];
export type Box = [[number, number], [number, number]];
export interface MapLook {
  /** Sharper than the screen's own pixels: the map is drawn small and magnified. */
  magnified: number;
  /** Nobody can move it. */
  idle: boolean;
}
export interface MapEvents {
  ready(): void;
  moved(): void;
  clicked(x: number, y: number): void;
  /** The pointer is over that pixel: is there something to click on? */
  over(x: number, y: number): boolean;
}

export class TownMap {
  private readonly map: maplibregl.Map;

  constructor(element: HTMLElement, private readonly latitude: number, home: Box, plan: FeatureCollection, events: MapEvents, look: MapLook = { magnified: 1, idle: false }) {
    this.map = new maplibregl.Map({
      container: element,
      style: styleOf(readPalette(), latitude, plan),
      bounds: home,
      fitBoundsOptions: { padding: 24 },
      minZoom: 10,
      maxZoom: 19,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      interactive: !look.idle,
      pixelRatio: devicePixelRatio * look.magnified,
      fadeDuration: 0,
      maplibreLogo: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.once('style.load', () => events.ready());
    this.map.once('idle', () => performance.mark('qala.map'));
    this.map.on('error', (event) => console.warn('map', event.error.message));
    this.map.on('move', () => events.moved());
    this.map.on('resize', () => events.moved());
    this.map.on('click', ({ point }) => events.clicked(point.x, point.y));
    this.map.on('mousemove', ({ point }) => (this.map.getCanvas().style.cursor = events.over(point.x, point.y) ? 'pointer' : ''));
  }
  destroy(): void {
    this.map.remove();
  }
  /** Names the drawing for those who do not see it. */
  label(text: string): void {
    this.map.getCanvas().setAttribute('aria-label', text);
  }
  /** Another plan of the town. */
  setPlan(plan: FeatureCollection): void {
    void (this.map.getSource('plan') as maplibregl.GeoJSONSource | undefined)?.setData(plan);
  }
  /** Same layers, other colours: paint properties are changed, the style stays. */
  recolour(): void {
    const palette = readPalette();
    for (const layer of layersOf(palette, this.latitude)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        if (/color/.test(name)) this.map.setPaintProperty(layer.id, name as PaintName, value as never);
      }
    }
  }
  /** Where a place is on the screen, in pixels of the map's element. */
  project(lon: number, lat: number): { x: number; y: number } {
    return this.map.project([lon, lat]);
  }
  /** The place under a pixel of the map's element. */
  unproject(x: number, y: number): { lon: number; lat: number } {
    const { lng, lat } = this.map.unproject([x, y]);
    return { lon: lng, lat };
  }
  camera(): Camera {
    const { clientWidth, clientHeight } = this.map.getContainer();
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat, zoom: this.map.getZoom(), width: clientWidth, height: clientHeight };
  }
  zoom(): number {
    return this.map.getZoom();
  }
  zoomBy(step: number): void {
    this.map.zoomTo(this.map.getZoom() + step, { duration: 120 });
  }
  goTo(lon: number, lat: number): void {
    this.map.easeTo({ center: [lon, lat], zoom: Math.max(16, this.map.getZoom()), duration: 240 });
  }
  /** At once, without a flight. */
  stand(lon: number, lat: number, zoom: number): void {
    this.map.jumpTo({ center: [lon, lat], zoom });
  }
  /** Metres that one pixel covers in the middle of the map. */
  metresPerPixel(): number {
    return (40_075_016.686 * Math.cos((this.map.getCenter().lat * Math.PI) / 180)) / (512 * 2 ** this.map.getZoom());
  }
  /** Near enough that what is in the box falls apart. */
  enter(box: Box): void {
    this.map.fitBounds(box, { padding: 80, maxZoom: 18, duration: 240 });
  }
}
