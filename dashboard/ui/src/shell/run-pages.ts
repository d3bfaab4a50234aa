/** Loads the pages about the run in the header. Their charts are slow to load, so other views do not wait for them. */
import type { View } from "../model/navigation/routes";

const PREFETCH_DELAY_MS = 500;

export const RUN_PAGES = {
  overview: () => import("../pages/Overview/Overview.svelte"),
  endpoints: () => import("../pages/Endpoints/Endpoints.svelte"),
  http: () => import("../pages/Http/Http.svelte"),
  log: () => import("../pages/Log/Log.svelte"),
};

const isRunPage = (view: View): view is keyof typeof RUN_PAGES => Object.hasOwn(RUN_PAGES, view);

/** Loads `view` now if it is one of these pages, and the others later, so that a tab opens without a wait. */
export function prefetchRunPages(view: View): void {
  // A failure is shown when a page is opened.
  const prefetch = (load: () => Promise<unknown>) => void load().catch(() => undefined);
  if (isRunPage(view)) prefetch(RUN_PAGES[view]);
  setTimeout(() => requestIdleCallback(() => Object.values(RUN_PAGES).forEach(prefetch)), PREFETCH_DELAY_MS);
}
