// A column of the board and its cards.
import { type DragEvent, useState } from 'react';
import type { Column } from '../store/events.ts';
import { useBoard } from './board-context.tsx';
import { Card } from './card.tsx';
import { above, between, COLUMN_TITLES, move } from './change.ts';
import { countOf, taskOf, tasksOf, topOf } from './queries.ts';

/** Cards that are shown at first, and more with each wish for more. */
const PAGE = 50;

/** What a dragged card carries. */
export const DRAGGED = 'text/x-task';

export const ColumnView = ({ column }: { column: Column }) => {
  const { store, perform } = useBoard();
  const [shown, setShown] = useState(PAGE);
  const tasks = store.useQuery(tasksOf(column, shown));
  const count = store.useQuery(countOf(column));
  const drop = (event: DragEvent, index: number | null): void => {
    const task = taskOf(store, event.dataTransfer.getData(DRAGGED));
    event.preventDefault();
    event.stopPropagation();
    if (task === undefined) return;
    const rank = index === null ? above(topOf(store, column)) : between(tasks[index - 1]?.rank, tasks[index]?.rank);
    perform(move(task, column, rank));
  };
  const title = `column-${column}`;
  return (
    <section
      className="column"
      aria-labelledby={title}
      data-column={column}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => drop(event, null)}
    >
      <h3 id={title} tabIndex={-1}>
        {COLUMN_TITLES[column]} <span className="count">{count}</span>
      </h3>
      {tasks.length === 0 ? (
        <p className="quiet">Nothing here.</p>
      ) : (
        <ul className="cards">
          {tasks.map((task, index) => (
            <Card
              key={task.id}
              task={task}
              neighbours={tasks}
              index={index}
              onDrop={(event) => drop(event, index)}
            />
          ))}
        </ul>
      )}
      {count > tasks.length && (
        <button type="button" className="plain" onClick={() => setShown(shown + PAGE)}>
          Show {Math.min(PAGE, count - tasks.length)} more of {count}
        </button>
      )}
    </section>
  );
};
