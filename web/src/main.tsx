// The page's start: where it is, then what is shown there.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { placeOf } from './address.ts';
import { App } from './app.tsx';
import { keepOffline } from './offline/register.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');

createRoot(root).render(
  <StrictMode>
    <App place={placeOf(window.location)} />
  </StrictMode>,
);

keepOffline();
