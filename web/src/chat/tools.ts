// What the model's tools do to the board.
//
// The switch below is complete or does not compile: a tool or an argument that spec.toml changes shows up here.
import { parseToolCall, type ToolCall } from '../../../generated/web/tools.ts';
import { COLUMN_TITLES, type Change, completion, creation } from '../board/change.ts';
import { taskOf, topOf } from '../board/queries.ts';
import type { Column, ToolChange } from '../store/events.ts';
import { tables } from '../store/schema.ts';
import type { BoardStore } from '../store/store.ts';

/** Most tasks that a model is told of at once. */
const LISTED = 200;

/** What came of a call: what the model is told, what people read, and the change of the board, if there is one. */
export interface Done {
  ok: boolean;
  result: string;
  summary: string;
  does: Change['does'] | null;
  change: ToolChange | null;
}

/** Decides what a call does. Nothing has happened until `does` is committed. */
export const carryOut = (store: BoardStore, name: string, argumentsText: string): Done => {
  const parsed = parseToolCall(name, argumentsText);
  return parsed.ok ? run(store, parsed.call) : refused(`Could not use ${name}`, parsed.reason);
};

const run = (store: BoardStore, call: ToolCall): Done => {
  switch (call.name) {
    case 'create_task': {
      const column: Column = call.arguments.column ?? 'todo';
      const { id, summary, does } = creation(call.arguments.title, column, topOf(store, column));
      return { ...told({ id, column }, summary), does, change: { taskId: id, before: null } };
    }
    case 'complete_task': {
      const task = taskOf(store, call.arguments.task_id);
      if (task === undefined) return refused('Found no such task', 'there is no task with this id: see list_tasks');
      if (task.column === 'done') return told({ id: task.id, column: 'done' }, `${task.title} was done already`);
      const { summary, does } = completion(task, topOf(store, 'done'));
      const before = { column: task.column, rank: task.rank };
      return { ...told({ id: task.id, column: 'done' }, summary), does, change: { taskId: task.id, before } };
    }
    case 'list_tasks': {
      const { column } = call.arguments;
      const tasks = listed(store, column);
      const where = column === null ? 'the board' : COLUMN_TITLES[column];
      return told(tasks, `Read ${where}: ${tasks.length === 1 ? '1 task' : `${tasks.length} tasks`}`);
    }
    default:
      return impossible(call);
  }
};

const listed = (store: BoardStore, column: Column | null) => {
  const found = tables.tasks.where({ deletedAt: null, ...(column === null ? {} : { column }) });
  return store
    .query(found.orderBy('rank', 'asc').limit(LISTED))
    .map(({ id, title, column }) => ({ id, title, column }));
};

const told = (result: unknown, summary: string): Done => ({
  ok: true,
  result: JSON.stringify(result),
  summary,
  does: null,
  change: null,
});

const refused = (summary: string, reason: string): Done => ({
  ...told({ error: reason }, `${summary}: ${reason}`),
  ok: false,
});

const impossible = (call: never): never => {
  throw new Error(`a tool without an effect: ${JSON.stringify(call)}`);
};
