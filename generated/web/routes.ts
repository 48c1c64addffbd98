// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

// Where the worker answers. A page that names a path through these no longer compiles when the spec has another.

/** A path of the worker. One that ends in `/*` stands for everything below it. */
export type RoutePath = "/websocket" | "/api/chat/completions" | "/admin/*" | "/health";

/** LiveStore sync. */
export const SYNC_PATH = "/websocket" satisfies RoutePath;

/** Chat completions. */
export const LLM_PATH = "/api/chat/completions" satisfies RoutePath;

/** Operating the relay. */
export const ADMIN_PATH = "/admin/*" satisfies RoutePath;

/** The worker's state as JSON. */
export const HEALTH_PATH = "/health" satisfies RoutePath;

/** What a LiveStore client is given as its URL, for a page of this address. */
export const syncUrl = (page: string | URL): string => {
  const url = new URL(SYNC_PATH, page);
  url.protocol = url.protocol.replace(/^http/, 'ws');
  return url.href;
};
