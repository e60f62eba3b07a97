/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
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

export default defineConfig(({ mode }) => ({
  base: '/control/',
  plugins: [svelte(), preloadMap()],
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
