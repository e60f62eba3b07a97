// A SensorThings client of others (52°North's Helgoland, which many environment portals show their data with) against the
// real server: it finds a town's places, datastreams and phenomena, draws a graph over several pages, and writes.
// It takes every id for text and its day has the offset of where it runs.
process.env.TZ = 'Asia/Almaty';
import './bundled.mjs';
import '@angular/compiler';
import { FetchBackend, HttpHandler } from '@angular/common/http';
import { createEnvironmentInjector, Injector, NgZone, ɵNoopNgZone as NoZone } from '@angular/core';
import { lastValueFrom } from 'rxjs';
import { Server, cases, check, equal, scratch, token, until } from './lib.mjs';
import { addDevice, client } from './town.mjs';

const { HTTP_SERVICE_INTERCEPTORS, HttpService, StaApiV1Connector, StaInterfaceService, Timespan } = await import('@helgoland/core');

function helgoland(as) {
  const signed = { intercept: (request, options, next) => next.handle(request.clone({ setHeaders: { authorization: `Bearer ${as}` } }), options) };
  const injector = createEnvironmentInjector([
    { provide: NgZone, useValue: new NoZone() }, FetchBackend, { provide: HttpHandler, useExisting: FetchBackend },
    { provide: HTTP_SERVICE_INTERCEPTORS, multi: true, useValue: signed }, HttpService, StaInterfaceService, StaApiV1Connector,
  ], Injector.NULL);
  return { portal: injector.get(StaApiV1Connector), sta: injector.get(StaInterfaceService) };
}
const got = (observable) => lastValueFrom(observable);

await cases({
  'a portal finds what devices of the town measure, and draws it': async () => {
    const data = scratch('sta-client');
    const [admin, read] = ['admin', 'read'].map((scope) => token(data, scope));
    const server = await new Server(data, { args: ['--auto-claim'] }).start();
    const url = `http://${server.http}/v1.1/`;
    const begin = Date.parse('2026-01-17T00:00:00Z');
    const minute = 60_000, n = 450; // more than two of the client's pages
    for (const [key, lon, base] of [['AQ-1', 76.90, 20], ['AQ-2', 76.95, 40]]) {
      const device = await addDevice(server, admin, { key, name: `Air ${key}`, kind: 'air_station', lon, lat: 43.2 });
      const mqtt = await client(server.mqtt, { username: device.token });
      for (let from = 0; from < n; from += 150) {
        const rows = Array.from({ length: 150 }, (_, i) => ({ ts: begin + (from + i) * minute, values: { pm2_5: base + (from + i) / 8 } }));
        await mqtt.publishAsync('v1/devices/me/telemetry', JSON.stringify(rows), { qos: 1 });
      }
      await mqtt.endAsync();
    }
    const { portal } = helgoland(read);
    check(await got(portal.canHandle(url)), 'it takes the address for a SensorThings service');

    const platforms = await got(portal.getPlatforms(url, {}));
    equal(platforms.map(({ geometry }) => geometry.coordinates).sort(), [[76.9, 43.2], [76.95, 43.2]], 'the places on its map');
    const all = await got(portal.getDatasets(url, { expanded: true }));
    equal(all.length, 2, 'its list of datastreams');
    const phenomena = await got(portal.getPhenomena(url, {}));
    const pm = phenomena.find(({ id }) => String(id) === String(all[0].parameters.phenomenon.id));
    check(pm, `the phenomenon of a datastream is in its list: ${JSON.stringify(phenomena)}`);

    // A click on the second place, for this phenomenon: the client compares ids with texts.
    const place = platforms.find(({ geometry }) => geometry.coordinates[0] === 76.95);
    const here = await got(portal.getDatasets(url, { phenomenon: pm.id, feature: place.id }));
    equal(here.length, 1, 'one datastream is there');
    const whole = await got(portal.getPlatform(place.id, url, { phenomenon: pm.id }));
    equal(whole.datasetIds.map(String), [String(here[0].id)], 'and hangs from the place');
    equal(await got(portal.getDatasets(url, { phenomenon: pm.id, feature: 999_999 })), [], 'none where there is no place');

    const one = await got(portal.getDataset({ url, id: here[0].id }, {}));
    equal([one.uom, one.firstValue, one.lastValue].map((value) => value?.timestamp ? [value.timestamp, value.value] : value),
      ['µg/m³', [begin, 40], [begin + (n - 1) * minute, 40 + (n - 1) / 8]], 'unit, first and last value');
    const { values } = await got(portal.getDatasetData(one, new Timespan(begin + 10 * minute, begin + 439 * minute), {}));
    equal(values.length, 430, 'each value of the span, over its pages');
    equal(values.map(([at, { value }]) => [at, value]), Array.from({ length: 430 }, (_, i) => [begin + (i + 10) * minute, 40 + (i + 10) / 8]), 'once, in order, as measured');
    equal(await server.stop(), 0, 'stopped');
  },

  'it makes, changes and removes things, and adds observations': async () => {
    const data = scratch('sta-writer');
    const [admin, read] = ['admin', 'read'].map((scope) => token(data, scope));
    const server = await new Server(data).start();
    const url = `http://${server.http}/v1.1/`;
    const { sta } = helgoland(admin);
    await got(sta.insertThing(url, {
      name: 'Well 4', description: 'A well in the park', properties: { depth: 40 },
      Locations: [{ name: 'Park', description: 'Park', encodingType: 'application/geo+json', location: { type: 'Point', coordinates: [76.9, 43.2] } }],
      Datastreams: [{
        name: 'Level', description: 'Level', observationType: 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement',
        unitOfMeasurement: { name: 'metre', symbol: 'm', definition: 'http://unitsofmeasure.org/ucum.html#m' },
        ObservedProperty: { name: 'Water level', definition: 'http://example.org/level', description: 'Level' },
        Sensor: { name: 'Probe', description: 'Probe', encodingType: 'text/html', metadata: 'http://example.org/probe' },
      }],
    }));
    const [thing] = (await got(sta.getThings(url, { $filter: "name eq 'Well 4'", $expand: 'Datastreams' }))).value;
    check(thing, 'what it made is found by its name');
    const stream = thing.Datastreams[0]['@iot.id'];
    await got(sta.insertObservation(url, { phenomenonTime: '2026-01-17T08:00:00+05:00', result: 7.25, Datastream: { '@iot.id': stream } }));
    const { value } = await got(sta.getDatastreamObservationsRelation(url, stream, { $orderby: 'phenomenonTime' }));
    equal(value.map(({ phenomenonTime, result }) => [Date.parse(phenomenonTime), result]), [[Date.parse('2026-01-17T03:00:00Z'), 7.25]], 'its observation');
    await got(sta.updateThing(url, thing['@iot.id'], { name: 'Well 4a', description: 'A well in the park', properties: { depth: 42 } }));
    const changed = await got(sta.getThing(url, thing['@iot.id']));
    equal([changed.name, changed.properties.depth], ['Well 4a', 42], 'changed');
    const refused = await got(helgoland(read).sta.deleteThing(url, thing['@iot.id'])).then(() => 0, ({ status }) => status);
    equal(refused, 403, 'a reader removes nothing');
    await got(sta.deleteThing(url, thing['@iot.id']));
    await until('it is gone', async () => (await got(sta.getThings(url, {}))).value.length === 0, 30);
    equal(await server.stop(), 0, 'stopped');
  },
});
