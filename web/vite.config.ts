// `npm --prefix web run dev` serves the page with reloading; what the worker answers comes from a worker
// that runs beside it on its usual port.
import { defineConfig } from 'vite';

const worker = 'http://localhost:8787';

export default defineConfig({
  // The app is one page: a file that is missing is missing, in development too.
  build: { target: 'es2023', cssTarget: ['chrome123', 'firefox120', 'safari17.5'] },
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
});
