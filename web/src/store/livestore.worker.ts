// The worker that owns a board's files in this browser, and its connection to the relay.
import { makeWorker } from '@livestore/adapter-web/worker';
import { makeWsSync } from '@livestore/sync-cf/client';
import { LogLevel } from 'effect';
import { syncUrl } from '../../../generated/web/routes.ts';
import { telling } from './problems.ts';
import { schema } from './schema.ts';

makeWorker({
  schema,
  sync: {
    backend: telling(makeWsSync({ url: syncUrl(self.location.href) })),
    // The page asks first: what the server does not have would be lost.
    onBackendIdMismatch: 'shutdown',
  },
  logLevel: LogLevel.Warning,
});
