// What a person or a model does to a board: the events that do it, the ones that take it back, and a name for it.
//
// Pure. A change is made from the board as it is; undoing it sets what it changed to what was there before.
import { nanoid } from '@livestore/livestore';
import { type Column, events } from '../store/events.ts';
import type { Task } from '../store/schema.ts';

type TaskEvent =
  | ReturnType<typeof events.taskCreated>
  | ReturnType<typeof events.taskRenamed>
  | ReturnType<typeof events.taskMoved>
  | ReturnType<typeof events.taskDeleted>
  | ReturnType<typeof events.taskRestored>;

export interface Change {
  /** What was done, as “Moved Milk to Doing”. */
  summary: string;
  does: TaskEvent;
  undoes: () => TaskEvent;
}

/** The columns from left to right, and what they are called. A task that is done is in the last one. */
export const COLUMN_TITLES: Record<Column, string> = { todo: 'To do', doing: 'Doing', done: 'Done' };
export const COLUMNS = Object.keys(COLUMN_TITLES) as Column[];

/** As `spec.toml` has it for the model. */
export const MAX_TITLE = 200;

export const isColumn = (name: string): name is Column => Object.hasOwn(COLUMN_TITLES, name);

/** Adds a task with a title that is not blank; `top` is the smallest rank of the column, if it has tasks. */
export const creation = (title: string, column: Column, top: number | undefined): Change & { id: string } => {
  const id = nanoid();
  return {
    id,
    summary: `Added ${title}`,
    does: events.taskCreated({ id, title, column, rank: above(top), at: Date.now() }),
    undoes: () => events.taskDeleted({ id, at: Date.now() }),
  };
};

export const renaming = ({ id, title: before }: Task, title: string): Change => ({
  summary: `Renamed ${before} to ${title}`,
  does: events.taskRenamed({ id, title, at: Date.now() }),
  undoes: () => events.taskRenamed({ id, title: before, at: Date.now() }),
});

/** Moves a task to a rank, which may be in its own column. */
export const move = ({ id, title, column: from, rank: before }: Task, column: Column, rank: number): Change => ({
  summary: from === column ? `Moved ${title} within ${COLUMN_TITLES[column]}` : `Moved ${title} to ${COLUMN_TITLES[column]}`,
  does: events.taskMoved({ id, column, rank, at: Date.now() }),
  undoes: () => events.taskMoved({ id, column: from, rank: before, at: Date.now() }),
});

/** The move of a task to the last column. */
export const completion = (task: Task, top: number | undefined): Change => ({
  ...move(task, 'done', above(top)),
  summary: `Completed ${task.title}`,
});

export const deletion = ({ id, title }: Task): Change => ({
  summary: `Deleted ${title}`,
  does: events.taskDeleted({ id, at: Date.now() }),
  undoes: () => events.taskRestored({ id, at: Date.now() }),
});

/** A rank above the topmost. */
export const above = (top: number | undefined): number => (top ?? 1) - 1;

/** A rank between two neighbours, of which either may be missing. */
export const between = (upper: number | undefined, lower: number | undefined): number => {
  if (upper === undefined) return above(lower);
  return lower === undefined ? upper + 1 : (upper + lower) / 2;
};
