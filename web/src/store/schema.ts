// What a board looks like after its events: the tables that the views query.
//
// Owns tables and how events change them. Knows neither views nor the network.
import { makeSchema, Schema, State } from '@livestore/livestore';
import { Column, events, Outcome, ToolChange } from './events.ts';

const { text, real, integer, boolean, json } = State.SQLite;

export const tables = {
  tasks: State.SQLite.table({
    name: 'tasks',
    columns: {
      id: text({ primaryKey: true }),
      title: text(),
      column: text({ schema: Column }),
      rank: real(),
      createdAt: real(),
      deletedAt: real({ nullable: true }),
    },
    indexes: [{ name: 'tasks_by_column', columns: ['column', 'deletedAt', 'rank'] }],
  }),
  conversations: State.SQLite.table({
    name: 'conversations',
    columns: { id: text({ primaryKey: true }), title: text(), startedAt: real() },
  }),
  /** Questions and answers. `outcome` is null for a question, and for an answer that is being written. */
  messages: State.SQLite.table({
    name: 'messages',
    columns: {
      id: text({ primaryKey: true }),
      conversationId: text(),
      role: text({ schema: Schema.Literal('question', 'answer') }),
      text: text(),
      sessionId: text({ nullable: true }),
      outcome: text({ nullable: true, schema: Outcome }),
      reason: text({ nullable: true }),
      retryAt: real({ nullable: true }),
      at: real(),
      changedAt: real(),
    },
    indexes: [{ name: 'messages_by_conversation', columns: ['conversationId', 'at'] }],
  }),
  toolCalls: State.SQLite.table({
    name: 'toolCalls',
    columns: {
      id: text({ primaryKey: true }),
      answerId: text(),
      callId: text(),
      position: integer(),
      name: text(),
      argumentsText: text(),
      summary: text(),
      result: text(),
      ok: boolean(),
      change: json({ nullable: true, schema: ToolChange }),
      undone: boolean({ default: false }),
    },
    indexes: [{ name: 'tool_calls_by_answer', columns: ['answerId'] }],
  }),
};

export type Task = typeof tables.tasks.Type;
export type Conversation = typeof tables.conversations.Type;
export type Message = typeof tables.messages.Type;
export type StoredCall = typeof tables.toolCalls.Type;

const materializers = State.SQLite.materializers(events, {
  'v1.TaskCreated': ({ at, ...task }) => tables.tasks.insert({ ...task, createdAt: at, deletedAt: null }),
  'v1.TaskRenamed': ({ id, title }) => tables.tasks.update({ title }).where({ id }),
  'v1.TaskMoved': ({ id, column, rank }) => tables.tasks.update({ column, rank }).where({ id }),
  'v1.TaskDeleted': ({ id, at }) => tables.tasks.update({ deletedAt: at }).where({ id }),
  'v1.TaskRestored': ({ id }) => tables.tasks.update({ deletedAt: null }).where({ id }),

  'v1.ConversationStarted': ({ id, title, at }) => tables.conversations.insert({ id, title, startedAt: at }),
  'v1.QuestionAsked': ({ id, conversationId, text, at }) =>
    tables.messages.insert({ id, conversationId, role: 'question', text, at, changedAt: at, ...NO_OUTCOME, sessionId: null }),
  'v1.AnswerStarted': ({ id, conversationId, sessionId, at }) =>
    tables.messages.insert({ id, conversationId, role: 'answer', text: '', at, changedAt: at, ...NO_OUTCOME, sessionId }),
  'v1.AnswerExtended': ({ id, text, at }, { query }) => {
    const written = query(tables.messages.where({ id }).first({ behaviour: 'undefined' }));
    return written === undefined ? [] : tables.messages.update({ text: written.text + text, changedAt: at }).where({ id });
  },
  'v1.AnswerEnded': ({ id, outcome, reason, retryAt, at }) =>
    tables.messages.update({ outcome, reason, retryAt, changedAt: at }).where({ id }),
  'v1.ToolCalled': (call) => tables.toolCalls.insert(call),
  'v1.ToolCallUndone': ({ id }) => tables.toolCalls.update({ undone: true }).where({ id }),
});

const NO_OUTCOME = { outcome: null, reason: null, retryAt: null };

export const schema = makeSchema({ events, state: State.SQLite.makeState({ tables, materializers }) });
