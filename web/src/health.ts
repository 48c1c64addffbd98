// Asks the worker how it is.
import { HEALTH_PATH } from '../../generated/web/routes.ts';

export type Health = { up: true; specHash: string } | { up: false; reason: string };

const PATIENCE_MS = 5_000;

/** Asks once; every failure is an answer. */
export const checkHealth = async (): Promise<Health> => {
  try {
    const response = await fetch(HEALTH_PATH, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!response.ok) return { up: false, reason: `Answers with ${response.status}` };
    const { spec } = (await response.json()) as { spec: string };
    return { up: true, specHash: spec };
  } catch (error) {
    const slow = error instanceof DOMException && error.name === 'TimeoutError';
    return { up: false, reason: slow ? 'Does not answer' : 'Cannot be reached' };
  }
};
