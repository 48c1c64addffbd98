// Every change that a board knows, in the form in which it is kept for good.
//
// Owns names and forms of events. They outlive any version of this app and of spec.toml: an event here is never edited,
// a new form gets a new version beside it.
import { Events, Schema } from '@livestore/livestore';

/** Where a task stands. */
export const Column = Schema.Literal('todo', 'doing', 'done');
export type Column = typeof Column.Type;

/** What a call of a tool did to a task: `before` is where the task stood, null if the call made it. */
export const ToolChange = Schema.Struct({
  taskId: Schema.String,
  before: Schema.NullOr(Schema.Struct({ column: Column, rank: Schema.Number })),
});
export type ToolChange = typeof ToolChange.Type;

/** How an answer ended. */
export const Outcome = Schema.Literal('done', 'stopped', 'failed');
export type Outcome = typeof Outcome.Type;

const id = Schema.String;
/** Milliseconds since 1970 by the clock of who did it. */
const at = Schema.Number;

export const events = {
  /** A smaller rank stands further up in its column. */
  taskCreated: Events.synced({
    name: 'v1.TaskCreated',
    schema: Schema.Struct({ id, title: Schema.String, column: Column, rank: Schema.Number, at }),
  }),
  taskRenamed: Events.synced({ name: 'v1.TaskRenamed', schema: Schema.Struct({ id, title: Schema.String, at }) }),
  taskMoved: Events.synced({
    name: 'v1.TaskMoved',
    schema: Schema.Struct({ id, column: Column, rank: Schema.Number, at }),
  }),
  taskDeleted: Events.synced({ name: 'v1.TaskDeleted', schema: Schema.Struct({ id, at }) }),
  taskRestored: Events.synced({ name: 'v1.TaskRestored', schema: Schema.Struct({ id, at }) }),

  conversationStarted: Events.synced({
    name: 'v1.ConversationStarted',
    schema: Schema.Struct({ id, title: Schema.String, at }),
  }),
  questionAsked: Events.synced({
    name: 'v1.QuestionAsked',
    schema: Schema.Struct({ id, conversationId: id, text: Schema.String, at }),
  }),
  /** `sessionId` is the tab that asks the model and writes what comes. */
  answerStarted: Events.synced({
    name: 'v1.AnswerStarted',
    schema: Schema.Struct({ id, conversationId: id, sessionId: Schema.String, at }),
  }),
  /** The next piece of an answer's text. */
  answerExtended: Events.synced({
    name: 'v1.AnswerExtended',
    schema: Schema.Struct({ id, text: Schema.String, at }),
  }),
  /** `reason` is for people; a failure with `retryAt` is not to be tried again before. */
  answerEnded: Events.synced({
    name: 'v1.AnswerEnded',
    schema: Schema.Struct({
      id,
      outcome: Outcome,
      reason: Schema.NullOr(Schema.String),
      retryAt: Schema.NullOr(Schema.Number),
      at,
    }),
  }),
  /** `callId` is the model's, which another answer may repeat; `result` is what it was told. */
  toolCalled: Events.synced({
    name: 'v1.ToolCalled',
    schema: Schema.Struct({
      id,
      answerId: id,
      callId: Schema.String,
      position: Schema.Number,
      name: Schema.String,
      argumentsText: Schema.String,
      summary: Schema.String,
      result: Schema.String,
      ok: Schema.Boolean,
      change: Schema.NullOr(ToolChange),
    }),
  }),
  toolCallUndone: Events.synced({ name: 'v1.ToolCallUndone', schema: Schema.Struct({ id, at }) }),
};
