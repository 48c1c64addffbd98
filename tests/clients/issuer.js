// Signs users in: makes keys, serves the public ones as a key set, and signs tokens.
//
//   node issuer.js
//
// The first line of its output is the key set's address on loopback. Then, for one line of JSON in, one line comes out:
//   {"rotate":"k1","alg":"ES256"}                         one new key of that name, in place of all others  →  k1
//   {"sign":{…claims},"alg":"ES256","kid":"k1"}           a token; `secret` instead of `kid` for HS256     →  the token
// `header` may hold further members of the token's header.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const kinds = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

let pairs = {};
const server = createServer((request, response) => {
  const keys = Object.entries(pairs).map(([kid, { alg, publicKey }]) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }));
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/jwks.json`));

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signature = ({ alg, kid, secret }, text) => {
  if (alg === 'HS256') return createHmac('sha256', secret).update(text).digest();
  const key = { key: pairs[kid].privateKey, dsaEncoding: 'ieee-p1363' };
  return sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(text), key);
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.rotate !== undefined) {
    pairs = { [order.rotate]: { alg: order.alg, ...kinds[order.alg]() } };
    console.log(order.rotate);
  } else {
    const text = `${encoded({ alg: order.alg, typ: 'JWT', kid: order.kid, ...order.header })}.${encoded(order.sign)}`;
    console.log(`${text}.${signature(order, text).toString('base64url')}`);
  }
}
server.close();
