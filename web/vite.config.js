// `npm --prefix web run dev` serves the page with reloading; what the worker answers comes from a worker
// that runs beside it on its usual port.
import { readFileSync } from 'node:fs';

const worker = 'http://localhost:8787';

/**
 * Adds the service worker, which knows the files of its build by name.
 *
 * @returns {import('vite').Plugin}
 */
const serviceWorker = () => ({
  name: 'service-worker',
  enforce: 'post',
  generateBundle(_options, bundle) {
    const files = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
    const listed = JSON.stringify([...files, 'icon.svg', 'theme.js'].map((name) => `/${name}`).sort());
    const source = readFileSync(new URL('src/offline/service-worker.js', import.meta.url), 'utf8');
    this.emitFile({ type: 'asset', fileName: 'service-worker.js', source: source.replace('= FILES', `= ${listed}`) });
  },
});

/** Chunks that every board needs, in the order in which `src/app.tsx` runs them. */
const STEPS = ['schema', 'store', 'page'];

/**
 * Lets the browser fetch them while it reads the page.
 *
 * @returns {import('vite').Plugin}
 */
const preloads = () => ({
  name: 'preloads',
  transformIndexHtml: {
    order: 'post',
    handler(_html, { bundle = {} }) {
      const chunks = Object.values(bundle).filter((it) => it.type === 'chunk' && STEPS.includes(it.name));
      return chunks.map(({ fileName }) => ({
        tag: 'link',
        attrs: { rel: 'modulepreload', crossorigin: true, href: `/${fileName}` },
        injectTo: 'head',
      }));
    },
  },
});

/** @type {import('vite').UserConfig} */
export default {
  plugins: [preloads(), serviceWorker()],
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // LiveStore and its SQLite are what they are; README has the sizes.
    chunkSizeWarningLimit: 700,
  },
  worker: { format: 'es' },
  // wa-sqlite finds its wasm file beside itself, which a bundle made beforehand would move.
  optimizeDeps: { exclude: ['@livestore/wa-sqlite'] },
  server: {
    proxy: {
      '/health': worker,
      '/api': worker,
      '/websocket': { target: worker, ws: true },
    },
  },
};
