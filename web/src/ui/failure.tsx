// What is shown instead of a part of the page that broke.
import { Component, type ReactNode } from 'react';

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class Failure extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="opening" role="alert">
        <h2>This could not be shown</h2>
        <p>{words(this.state.error)}</p>
        <p>What you did before is kept.</p>
        <button type="button" onClick={() => window.location.reload()}>
          Reload
        </button>
      </div>
    );
  }
}
