/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** The map's library is wanted at once: the browser starts to fetch it while it still reads the page. */
function preloadMap(): Plugin {
  return {
    name: 'preload-map',
    enforce: 'post',
    transformIndexHtml(_html, { bundle }) {
      const names = Object.values(bundle ?? {}).filter(
        (file) => file.type === 'chunk' && /maplibre|MapView/.test(file.name),
      );
      return names.map(({ fileName }) => ({
        tag: 'link',
        attrs: { rel: 'modulepreload', crossorigin: true, href: `/control/${fileName}` },
      }));
    },
  };
}

/** Kazakh and Russian texts stand in the order of the English ones, so that keys are fetched once and not three times. */
function leanCatalogues(): Plugin {
  const read = (file: string): Record<string, string> => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  return {
    name: 'lean-catalogues',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!importer || !/\/(kk|ru)\.json$/.test(source)) return null;
      return `\0texts:${resolve(dirname(importer), source)}.js`;
    },
    load(id) {
      if (!id.startsWith('\0texts:')) return null;
      const file = id.slice('\0texts:'.length, -'.js'.length);
      const english = resolve(dirname(file), 'en.json');
      const texts = read(file);
      const inOrder = Object.keys(read(english)).map((key) => texts[key]);
      return `import english from ${JSON.stringify(english)};
const texts = ${JSON.stringify(inOrder)};
export default Object.fromEntries(Object.keys(english).map((key, at) => [key, texts[at]]));`;
    },
  };
}

export default defineConfig(({ mode }) => ({
  base: '/control/',
  plugins: [leanCatalogues(), svelte(), preloadMap()],
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
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
            { name: 'maplibre', test: /node_modules\/maplibre-gl/ },
            { name: 'uplot', test: /node_modules\/uplot/ },
          ],
        },
      },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
}));
