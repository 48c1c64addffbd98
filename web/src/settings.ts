// What this device remembers beside its boards: the last board, the theme, whether the chat is open.

/** Keeps a setting of this device; one that may not be kept is forgotten with the page. */
export const remember = (name: string, value: string): void => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Storage may be forbidden.
  }
};

/** A setting of this device, or null. */
export const recall = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};
