// The list of shortcuts.
import { useState } from 'react';
import { remember } from '../settings.ts';
import { KEYS, LETTERS, lettersAreOn } from './shortcuts.ts';

const DIALOG = 'shortcuts';

const dialog = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>(`#${DIALOG}`);

/** Shows the list; it is part of the page once, wherever it is asked for. */
export const openShortcuts = (): void => dialog()?.showModal();

export const ShortcutsDialog = () => {
  const [letters, setLetters] = useState(lettersAreOn);
  const turn = (on: boolean): void => {
    remember(LETTERS, on ? 'on' : 'off');
    setLetters(on);
  };
  return (
    <dialog id={DIALOG} aria-labelledby="shortcuts-title">
      <h2 id="shortcuts-title">Shortcuts</h2>
      <dl>
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label className="choice">
        <input type="checkbox" checked={letters} onChange={(event) => turn(event.target.checked)} /> Single keys act
      </label>
      <button type="button" onClick={() => dialog()?.close()}>
        Close
      </button>
    </dialog>
  );
};
