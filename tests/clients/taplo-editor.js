// What an editor with Taplo's language server shows of a spec.
//
//   node taplo-editor.js SPEC                   its mistakes:   ["…"]
//   node taplo-editor.js SPEC LINE:CHARACTER…   what is offered at each place, numbered from 0:
//                                               [[{"label":"…","documentation":"…"}]]
//
// SPEC names its schema in a `#:schema` line. Nothing is fetched.
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import taplo from '@taplo/lsp';

const [spec, ...places] = process.argv.slice(2);
const path = resolve(spec);
const root = dirname(path);
const uri = pathToFileURL(path).href;

const offline = () => Promise.reject(new Error('no network here'));
const environment = {
  now: () => new Date(),
  envVar: () => undefined,
  envVars: () => [],
  stdErrAtty: () => false,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: { write: (_bytes, done) => done?.() },
  glob: () => [],
  readFile: async (file) => new Uint8Array(readFileSync(file)),
  writeFile: offline,
  // Taplo asks for its built-in `taplo://` schemas as well.
  urlToFilePath: (url) => (url.startsWith('file:') ? fileURLToPath(url) : new URL(url).pathname),
  isAbsolute,
  cwd: () => root,
  findConfigFile: () => undefined,
};
globalThis.fetch = offline;

// A file that is TOML is judged three times when it is opened: not yet, by syntax, by its schema.
const judgements = [];
let judged;
const mistakes = new Promise((resolveMistakes) => {
  judged = resolveMistakes;
});
const answers = new Map();
const server = await taplo.TaploLsp.initialize(environment, {
  onMessage(message) {
    if (message.method === 'textDocument/publishDiagnostics') {
      judgements.push(message.params.diagnostics.map((it) => it.message));
      if (judgements.length === 3) judged(judgements.flat());
    } else if (message.method !== undefined && message.id !== undefined) {
      const result = message.method === 'workspace/configuration' ? message.params.items.map(() => ({})) : {};
      server.send({ jsonrpc: '2.0', id: message.id, result });
    } else if (message.id !== undefined) {
      answers.get(message.id)?.(message.result);
    }
  },
});
const notify = (method, params) => server.send({ jsonrpc: '2.0', method, params });
const ask = (method, params) =>
  new Promise((answer) => {
    const id = answers.size + 1;
    answers.set(id, answer);
    server.send({ jsonrpc: '2.0', id, method, params });
  });

await ask('initialize', {
  capabilities: {},
  processId: null,
  rootUri: pathToFileURL(root).href,
  workspaceFolders: [{ uri: pathToFileURL(root).href, name: 'project' }],
});
notify('initialized', {});
notify('textDocument/didOpen', {
  textDocument: { uri, languageId: 'toml', version: 1, text: readFileSync(path, 'utf8') },
});
const offered = async (place) => {
  const [line, character] = place.split(':').map(Number);
  const items = await ask('textDocument/completion', { textDocument: { uri }, position: { line, character } });
  return (items ?? []).map((it) => ({ label: it.label, documentation: it.documentation?.value ?? '' }));
};
console.log(JSON.stringify(places.length === 0 ? await mistakes : await Promise.all(places.map(offered))));
process.exit(0);
