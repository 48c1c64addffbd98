// LiveStore's own relay, as its documentation sets it up. The variable STORE says where it keeps events: d1 or do.
import { env } from 'cloudflare:workers'
import { makeDurableObject, makeWorker } from '@livestore/sync-cf/cf-worker'

const storage = env.STORE === 'd1' ? { _tag: 'd1', binding: 'DB' } : { _tag: 'do-sqlite' }

export class Official extends makeDurableObject({ storage }) {}

export default makeWorker({ syncBackendBinding: 'OFFICIAL' })
