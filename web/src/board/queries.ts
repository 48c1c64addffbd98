// Questions that views ask of the board's tables.
import { queryDb } from '@livestore/livestore';
import type { Column } from '../store/events.ts';
import { tables } from '../store/schema.ts';
import type { BoardStore } from '../store/store.ts';

const inColumn = (column: Column) => tables.tasks.where({ column, deletedAt: null });

/** The first tasks of a column, from the top. Equal ranks are told apart by ids, so that all tabs show one order. */
export const tasksOf = (column: Column, limit: number) =>
  queryDb(
    inColumn(column)
      .orderBy([
        { col: 'rank', direction: 'asc' },
        { col: 'id', direction: 'asc' },
      ])
      .limit(limit),
    { label: `tasks-${column}`, deps: [column, limit] },
  );

export const countOf = (column: Column) => queryDb(inColumn(column).count(), { label: `count-${column}`, deps: [column] });

/** The smallest rank of a column. */
export const topOf = (store: BoardStore, column: Column): number | undefined =>
  store.query(inColumn(column).orderBy('rank', 'asc').limit(1))[0]?.rank;

/** A task that is on the board. */
export const taskOf = (store: BoardStore, id: string) =>
  store.query(tables.tasks.where({ id, deletedAt: null }).limit(1))[0];
