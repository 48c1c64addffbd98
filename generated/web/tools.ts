// Made from spec.toml by `cargo run -p generator -- generate`. Do not edit: the next run shows and refuses it.

// The tools that a language model may call, and whether a call is as the spec says. Taken is what the worker takes, by
// the rules that `runtime/src/llm/arguments.rs` lists; the reasons against a call are the same, too.

/** Arguments of `create_task`: Add a task to the board. */
export type CreateTaskArguments = {
  /** What is to be done, in a few words. */
  "title": string;
  /** Where on the board it goes; to do if left out. */
  "column": "todo" | "doing" | "done" | null;
};

/** Arguments of `complete_task`: Mark a task as done. */
export type CompleteTaskArguments = {
  /** The task's id, as list_tasks gives it. */
  "task_id": string;
};

/** Arguments of `list_tasks`: List the tasks on the board. */
export type ListTasksArguments = {
  /** Only those in this column; all if left out. */
  "column": "todo" | "doing" | "done" | null;
};

/** The arguments of every tool, by its name. */
export type ToolArguments = {
  "create_task": CreateTaskArguments;
  "complete_task": CompleteTaskArguments;
  "list_tasks": ListTasksArguments;
};

/** The name of a tool. */
export type ToolName = keyof ToolArguments;

/** A call of a tool: its name says which arguments it has. */
export type ToolCall = { [N in ToolName]: { name: N; arguments: ToolArguments[N] } }[ToolName];

/** A call, or what is wrong with it. */
export type Parsed = { ok: true; call: ToolCall } | { ok: false; reason: string };

/** Takes a call as a chat completion has it: `function.name`, and `function.arguments`, which is JSON. */
export const parseToolCall = (name: string, argumentsText: string): Parsed => {
  let value: unknown;
  try {
    const text = /^[ \t\n\r]*$/.test(argumentsText) ? '{}' : argumentsText;
    value = JSON.parse(text);
    if (!isPortable(text)) throw new SyntaxError();
  } catch {
    return { ok: false, reason: 'the arguments are not JSON' };
  }
  return checkToolCall(name, value);
};

/** Takes a call whose arguments are no text any more. */
export const checkToolCall = (name: string, value: unknown): Parsed => {
  const declared = TOOLS.get(name);
  if (declared === undefined) return { ok: false, reason: 'there is no such tool' };
  const reason = groupFault('', value, declared);
  return reason === null ? { ok: true, call: { name, arguments: value } as ToolCall } : { ok: false, reason };
};

type Bounds = { min?: number; max?: number };

type Kind =
  | ({ is: 'text' | 'integer' | 'number' } & Bounds)
  | { is: 'word'; words: readonly string[] }
  | { is: 'boolean' }
  | ({ is: 'list'; items: Kind } & Bounds)
  | { is: 'group'; fields: readonly Argument[] };

type Argument = { name: string; optional: boolean; kind: Kind };

const TOOLS: ReadonlyMap<string, readonly Argument[]> = new Map<string, readonly Argument[]>([
  ["create_task", [{"name":"title","optional":false,"kind":{"is":"text","min":1,"max":200}},{"name":"column","optional":true,"kind":{"is":"word","words":["todo","doing","done"]}}]],
  ["complete_task", [{"name":"task_id","optional":false,"kind":{"is":"text","min":1,"max":64}}]],
  ["list_tasks", [{"name":"column","optional":true,"kind":{"is":"word","words":["todo","doing","done"]}}]],
]);

const DEEPEST = 127;

/** Whether other readers take this JSON, too: not too deep, without half characters and infinite numbers. */
const isPortable = (text: string): boolean => {
  let depth = 0;
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[{}\]]|-?\d[\d.eE+-]*/g)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    else if (token.startsWith('"') ? /\p{Surrogate}/u.test(JSON.parse(token)) : !Number.isFinite(Number(token))) return false;
    if (depth > DEEPEST) return false;
  }
  return true;
};

const groupFault = (at: string, value: unknown, declared: readonly Argument[]): string | null => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `${at === '' ? 'the arguments' : `\`${at}\``} must be an object`;
  }
  const path = (name: string): string => (at === '' ? name : `${at}.${name}`);
  const names = new Set(declared.map(({ name }) => name));
  const unknown = Object.keys(value).find((name) => !names.has(name));
  if (unknown !== undefined) return `there is no \`${path([...unknown].slice(0, 64).join(''))}\``;
  for (const { name, optional, kind } of declared) {
    if (!Object.hasOwn(value, name)) return `\`${path(name)}\` is missing${optional ? ': send null' : ''}`;
    const field = (value as Record<string, unknown>)[name];
    const reason = optional && field === null ? null : valueFault(path(name), field, kind);
    if (reason !== null) return reason;
  }
  return null;
};

const valueFault = (at: string, value: unknown, kind: Kind): string | null => {
  const must = (be: string): string => `\`${at}\` must be ${be}`;
  switch (kind.is) {
    case 'text':
      return typeof value === 'string' ? countFault(at, 'characters', [...value].length, kind) : must('text');
    case 'word':
      return kind.words.some((word) => word === value) ? null : must(`one of ${kind.words.join(', ')}`);
    case 'integer':
      return Number.isInteger(value) ? boundFault(at, value as number, kind) : must('a whole number');
    case 'number':
      return Number.isFinite(value) ? boundFault(at, value as number, kind) : must('a number');
    case 'boolean':
      return typeof value === 'boolean' ? null : must('true or false');
    case 'list': {
      if (!Array.isArray(value)) return must('a list');
      const count = countFault(at, 'items', value.length, kind);
      if (count !== null) return count;
      for (const [index, item] of value.entries()) {
        const reason = valueFault(`${at}[${index}]`, item, kind.items);
        if (reason !== null) return reason;
      }
      return null;
    }
    case 'group':
      return groupFault(at, value, kind.fields);
  }
};

const boundFault = (at: string, value: number, { min, max }: Bounds): string | null => {
  if (min !== undefined && value < min) return `\`${at}\` must be at least ${min}`;
  return max !== undefined && value > max ? `\`${at}\` must be at most ${max}` : null;
};

const countFault = (at: string, what: string, count: number, { min, max }: Bounds): string | null => {
  if (min !== undefined && count < min) return `\`${at}\` must have at least ${min} ${what}`;
  return max !== undefined && count > max ? `\`${at}\` must have at most ${max} ${what}` : null;
};
