// A task: its title, which turns into a field to edit it, and what can be done with it.
import { type DragEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Task } from '../store/schema.ts';
import { useBoard } from './board-context.tsx';
import {
  above,
  between,
  COLUMN_TITLES,
  COLUMNS,
  type Change,
  completion,
  deletion,
  isColumn,
  MAX_TITLE,
  move,
  renaming,
} from './change.ts';
import { DRAGGED } from './column.tsx';
import { topOf } from './queries.ts';

interface Props {
  task: Task;
  /** The tasks of its column, and where it stands among them. */
  neighbours: readonly Task[];
  index: number;
  onDrop: (event: DragEvent) => void;
}

export const Card = ({ task, neighbours, index, onDrop }: Props) => {
  const board = useBoard();
  const [editing, setEditing] = useState(false);
  const title = useRef<HTMLButtonElement>(null);
  const { takesFocus } = board;
  useEffect(() => {
    if (!editing && takesFocus(task.id)) title.current?.focus();
  });

  const moveBy = (change: Change): void => {
    board.focusOn(task.id);
    board.perform(change);
  };
  const moveTo = (column: string): void => {
    if (isColumn(column) && column !== task.column) moveBy(move(task, column, above(topOf(board.store, column))));
  };
  const toggle = (): void =>
    task.column === 'done' ? moveTo('todo') : moveBy(completion(task, topOf(board.store, 'done')));
  const remove = (): void => {
    const next = neighbours[index + 1] ?? neighbours[index - 1];
    if (next === undefined) document.getElementById(`column-${task.column}`)?.focus();
    else board.focusOn(next.id);
    board.perform(deletion(task));
  };
  const moveByKey = (event: KeyboardEvent): void => {
    if (!event.altKey || editing) return;
    const rank = rankByKey(event.key, neighbours, index);
    const column = COLUMNS[COLUMNS.indexOf(task.column) + (STEPS[event.key] ?? 0)];
    if (rank !== undefined) moveBy(move(task, task.column, rank));
    else if (column !== undefined) moveTo(column);
    if (event.key.startsWith('Arrow')) event.preventDefault();
  };
  const rename = (text: string): void => {
    const trimmed = text.trim();
    if (trimmed !== '' && trimmed !== task.title) board.perform(renaming(task, trimmed));
    board.focusOn(task.id);
    setEditing(false);
  };

  return (
    <li
      className="card"
      data-task={task.id}
      draggable={!editing}
      onDragStart={(event) => event.dataTransfer.setData(DRAGGED, task.id)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={onDrop}
      onKeyDown={moveByKey}
    >
      <input
        type="checkbox"
        className="check"
        aria-label={`Done: ${task.title}`}
        checked={task.column === 'done'}
        onChange={toggle}
      />
      {editing ? (
        <TitleField title={task.title} onEnd={rename} />
      ) : (
        <button type="button" className="title" ref={title} title="Edit" onClick={() => setEditing(true)}>
          <span className="unseen">Edit: </span>
          {task.title}
        </button>
      )}
      <div className="actions">
        <select aria-label={`Column of ${task.title}`} value={task.column} onChange={(event) => moveTo(event.target.value)}>
          {COLUMNS.map((column) => (
            <option key={column} value={column}>
              {COLUMN_TITLES[column]}
            </option>
          ))}
        </select>
        <button type="button" className="plain small" aria-label={`Delete ${task.title}`} onClick={remove}>
          Delete
        </button>
      </div>
    </li>
  );
};

/** Columns to the right by a key. */
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

const rankByKey = (key: string, tasks: readonly Task[], index: number): number | undefined => {
  if (key === 'ArrowUp' && index > 0) return between(tasks[index - 2]?.rank, tasks[index - 1]?.rank);
  if (key === 'ArrowDown' && index + 1 < tasks.length) return between(tasks[index + 1]?.rank, tasks[index + 2]?.rank);
  return undefined;
};

const TitleField = ({ title, onEnd }: { title: string; onEnd: (title: string) => void }) => {
  const [text, setText] = useState(title);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const keys = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      // Else the same key would press the button that has the focus next.
      event.preventDefault();
      onEnd(text);
    }
    if (event.key === 'Escape') onEnd(title);
  };
  return (
    <input
      ref={field}
      className="title"
      aria-label="Title"
      maxLength={MAX_TITLE}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={keys}
      onBlur={() => onEnd(text)}
    />
  );
};
