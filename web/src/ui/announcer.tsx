// Tells screen readers what was done, one sentence at a time.
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';

const Announce = createContext<(sentence: string) => void>(() => {});

export const AnnouncerProvider = ({ children }: { children: ReactNode }) => {
  const [said, setSaid] = useState({ sentence: '', count: 0 });
  const announce = useCallback(
    (sentence: string) => setSaid(({ count }) => ({ sentence, count: count + 1 })),
    [],
  );
  return (
    <Announce.Provider value={announce}>
      {children}
      <div className="unseen" role="status" aria-live="polite">
        {/* A new element each time: the same sentence twice is said twice. */}
        <span key={said.count}>{said.sentence}</span>
      </div>
    </Announce.Provider>
  );
};

export const useAnnounce = () => useContext(Announce);
