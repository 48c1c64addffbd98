// A to-do list as LiveStore sees it. `todoRenamed` makes the state depend on the order of events:
// stores that hold the same events in another order show different texts.
import { Events, makeSchema, Schema, State } from '@livestore/livestore';

const todo = Schema.Struct({ id: Schema.String, text: Schema.String });

export const events = {
  todoCreated: Events.synced({ name: 'todoCreated', schema: todo }),
  todoRenamed: Events.synced({ name: 'todoRenamed', schema: todo }),
};

export const tables = {
  todos: State.SQLite.table({
    name: 'todos',
    columns: {
      id: State.SQLite.text({ primaryKey: true }),
      text: State.SQLite.text(),
    },
  }),
};

const materializers = State.SQLite.materializers(events, {
  todoCreated: (created) => tables.todos.insert(created),
  todoRenamed: ({ id, text }) => tables.todos.update({ text }).where({ id }),
});

export const schema = makeSchema({ events, state: State.SQLite.makeState({ tables, materializers }) });
