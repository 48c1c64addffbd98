// Says of each line `tool<TAB>text as JSON` what the generated module says of such a call.
import { readFileSync } from 'node:fs';
import { parseToolCall } from './tools.js';

for (const line of readFileSync(0, 'utf8').trimEnd().split('\n')) {
  const at = line.indexOf('\t');
  const parsed = parseToolCall(line.slice(0, at), JSON.parse(line.slice(at + 1)));
  console.log(parsed.ok ? '' : parsed.reason.replace(/[\n\r]/g, ' '));
}
