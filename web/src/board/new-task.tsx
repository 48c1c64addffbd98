// The field for a new task. It goes to the top of the first column.
import { type FormEvent, useState } from 'react';
import { useBoard } from './board-context.tsx';
import { COLUMNS, creation, MAX_TITLE } from './change.ts';
import { topOf } from './queries.ts';

export const NEW_TASK = 'new-task';

const FIRST = COLUMNS[0] ?? 'todo';

export const NewTask = () => {
  const { store, perform } = useBoard();
  const [title, setTitle] = useState('');
  const add = (event: FormEvent): void => {
    event.preventDefault();
    const trimmed = title.trim();
    if (trimmed === '') return;
    perform(creation(trimmed, FIRST, topOf(store, FIRST)));
    setTitle('');
  };
  return (
    <form className="new-task" onSubmit={add}>
      <label className="unseen" htmlFor={NEW_TASK}>
        New task
      </label>
      <input
        id={NEW_TASK}
        placeholder="What is to be done?"
        autoComplete="off"
        maxLength={MAX_TITLE}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <button type="submit">Add task</button>
    </form>
  );
};
