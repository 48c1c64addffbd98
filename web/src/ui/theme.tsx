// Light, dark, or as the system has it. `public/theme.js` applies the choice before the first paint.
import { useState } from 'react';
import { recall, remember } from '../settings.ts';

const THEMES = { system: 'System', light: 'Light', dark: 'Dark' };
type Theme = keyof typeof THEMES;

const isTheme = (name: string | null): name is Theme => name !== null && Object.hasOwn(THEMES, name);

const chosen = (): Theme => {
  const known = recall('theme');
  return isTheme(known) ? known : 'system';
};

export const ThemeChoice = () => {
  const [theme, setTheme] = useState(chosen);
  const choose = (name: string): void => {
    if (!isTheme(name)) return;
    setTheme(name);
    remember('theme', name);
    if (name === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = name;
  };
  return (
    <label className="choice">
      <span>Theme</span>
      <select value={theme} onChange={(event) => choose(event.target.value)}>
        {Object.entries(THEMES).map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
};
