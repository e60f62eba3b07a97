/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { defineConfig, transformWithOxc, type Plugin } from 'vite';

/** The map's library is wanted at once: the browser starts to fetch it while it still reads the page. */
function preloadMap(): Plugin {
  return {
    name: 'preload-map',
    enforce: 'post',
    transformIndexHtml(_html, { bundle }) {
      const names = Object.values(bundle ?? {}).filter(
        (file) => file.type === 'chunk' && /maplibre|MapView/.test(file.name) && file.name !== 'maplibre-worker',
      );
      return names.map(({ fileName }) => ({
        tag: 'link',
        attrs: { rel: 'modulepreload', crossorigin: true, href: `/control/${fileName}` },
      }));
    },
  };
}

/**
 * The map's library from its source, and its worker as one more entry of the same bundle: what both need is there once.
 * (As published, each of the two files carries all of it.)
 */
const maplibre = resolve(import.meta.dirname, 'node_modules/maplibre-gl/src');
function mapWorker(): Plugin {
  const asked = 'virtual:map-worker';
  let build = false;
  let reference = '';
  return {
    name: 'map-worker',
    enforce: 'pre',
    configResolved(config) {
      build = config.command === 'build';
    },
    buildStart() {
      if (build) reference = this.emitFile({ type: 'chunk', id: resolve(maplibre, 'source/worker.ts'), name: 'maplibre-worker' });
    },
    // Its classes count on fields without a value being types only, as its own build has them.
    transform: (code, id) =>
      /node_modules\/maplibre-gl\/src\/.*\.ts$/.test(id) ? transformWithOxc(code, id, { lang: 'ts', assumptions: { setPublicClassFields: true }, typescript: { removeClassFieldsWithoutInitializer: true } }) : null,
    resolveId: (source) => (source === asked ? `\0${asked}` : null),
    load: (id) => (id === `\0${asked}` ? `export default ${build ? `import.meta.ROLLUP_FILE_URL_${reference}` : "''"};` : null),
  };
}

/** Catalogues in two halves: `en.json?keys`, and `kk.json?texts` in the order of those keys, so that keys are fetched once. */
function catalogues(): Plugin {
  const read = (file: string): Record<string, string> => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  return {
    name: 'catalogues',
    enforce: 'pre',
    resolveId(source, importer) {
      const [, path, half] = /^(.*\.json)\?(keys|texts)$/.exec(source) ?? [];
      return path && importer ? `\0${half}:${resolve(dirname(importer), path)}.js` : null;
    },
    load(id) {
      const [, half, file] = /^\0(keys|texts):(.*)\.js$/.exec(id) ?? [];
      if (!half || !file) return null;
      this.addWatchFile(file);
      const english = Object.keys(read(resolve(dirname(file), 'en.json')));
      const texts = read(file);
      return `export default ${JSON.stringify(half === 'keys' ? english : english.map((key) => texts[key] ?? ''))};`;
    },
  };
}

export default defineConfig(({ mode }) => ({
  base: '/control/',
  plugins: [catalogues(), mapWorker(), svelte(), preloadMap()],
  resolve: {
    ...(mode === 'test' ? { conditions: ['browser'] } : {}),
    alias: [{ find: /^maplibre-gl$/, replacement: resolve(maplibre, 'index.ts') }],
  },
  build: {
    outDir: 'dist/control',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'maplibre', test: /node_modules\/(maplibre-gl|@maplibre|@mapbox)/, entriesAware: true },
            { name: 'uplot', test: /node_modules\/uplot/ },
          ],
        },
      },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node', setupFiles: ['src/i18n/all.ts'] },
}));
