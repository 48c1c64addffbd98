// Keys that work wherever the focus is, outside of fields.
import { useEffect } from 'react';
import { recall } from '../settings.ts';
import { useBoard } from './board-context.tsx';
import { NEW_TASK } from './new-task.tsx';

/** Single letters can be turned off: who speaks to their computer would press them by accident. */
export const LETTERS = 'letter-keys';

export const lettersAreOn = (): boolean => recall(LETTERS) !== 'off';

/** Every key, and what it does. */
export const KEYS: readonly [string, string][] = [
  ['N', 'New task'],
  ['C', 'Open or close the chat'],
  ['?', 'These shortcuts'],
  ['Ctrl Z', 'Undo the last change'],
  ['Alt ← →', 'Move the task to another column'],
  ['Alt ↑ ↓', 'Move the task up or down'],
  ['Enter', 'Edit the task; keep the edit'],
  ['Esc', 'Leave without keeping the edit'],
];

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input:not([type=checkbox]), textarea, select, dialog') !== null;

const actionOf = (key: string, showKeys: () => void): (() => void) | undefined => {
  if (key === 'n') return () => document.getElementById(NEW_TASK)?.focus();
  if (key === 'c') return () => document.getElementById('chat')?.click();
  return key === '?' ? showKeys : undefined;
};

/** Listens to the keys; `showKeys` is what `?` does. */
export const useShortcuts = (showKeys: () => void): void => {
  const { undo } = useBoard();
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (isField(event.target) || event.altKey) return;
      const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === 'z';
      const isLetter = !event.ctrlKey && !event.metaKey && lettersAreOn();
      const act = isUndo ? undo : isLetter ? actionOf(event.key, showKeys) : undefined;
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [undo, showKeys]);
};
