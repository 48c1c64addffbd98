// `npm --prefix web run dev` serves the page with reloading; what the worker answers comes from a worker
// that runs beside it on its usual port.
const worker = 'http://localhost:8787';

/** @type {import('vite').UserConfig} */
export default {
  server: {
    proxy: {
      '/health': worker,
      '/api': worker,
      '/websocket': { target: worker, ws: true },
    },
  },
};
