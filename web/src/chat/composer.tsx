// The field for a question. Enter sends it, Shift and Enter begin a new line.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';

interface Props {
  takesFocus: boolean;
  answering: boolean;
  onAsk: (text: string) => void;
  onStop: () => void;
}

export const Composer = ({ takesFocus, answering, onAsk, onStop }: Props) => {
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (takesFocus) field.current?.focus();
  }, [takesFocus]);
  const send = (): void => {
    if (answering || text.trim() === '') return;
    onAsk(text.trim());
    setText('');
    field.current?.focus();
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label className="unseen" htmlFor="question">
        Message
      </label>
      <textarea
        id="question"
        ref={field}
        rows={2}
        maxLength={10_000}
        placeholder="Ask or tell…"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={keys}
      />
      {answering ? (
        <button type="button" onClick={onStop}>
          Stop
        </button>
      ) : (
        <button type="submit">Send</button>
      )}
    </form>
  );
};
