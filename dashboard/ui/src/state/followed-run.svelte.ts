/** The run to show: follows a changing run ID without a moment in which no run is shown. */
import { untrack } from "svelte";

import { type RunView, openRunView, releaseRunView } from "./run-view.svelte";

export class FollowedRun {
  /** The view of the current ID, which may still be loading. */
  opened = $state.raw<RunView | null>(null);
  /** The view to show: the previous one stays until `opened` has loaded. */
  shown = $state.raw<RunView | null>(null);

  /** Create an instance during component initialization. */
  constructor(id: () => string | null) {
    $effect(() => {
      const followed = id();
      const view = followed === null ? null : openRunView(followed);
      this.opened = view;
      return () => {
        if (view) releaseRunView(view);
      };
    });
    $effect(() => {
      const { opened } = this;
      if (opened?.state !== "loading" || untrack(() => this.shown) === null) untrack(() => this.#show(opened));
    });
    $effect(() => () => this.#show(null));
  }

  #show(view: RunView | null): void {
    if (view === this.shown) return;
    if (view) openRunView(view.id);
    if (this.shown) releaseRunView(this.shown);
    this.shown = view;
  }
}
