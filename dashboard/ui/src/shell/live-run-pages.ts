/** Loads the pages of the run in the header. The charts in them are slow to start, so other views do not wait for them. */
import type { View } from "../model/navigation/routes";

const RUN_VIEWS: readonly View[] = ["overview", "endpoints", "http", "log"];
const PREFETCH_DELAY_MS = 500;

export const liveRunPages = () => import("../pages/live-run-pages");

/** Loads the pages now if the first view needs them, otherwise later, so that a tab opens without a wait. */
export function prefetchRunPages(view: View): void {
  // A failure is shown when a page is opened.
  const prefetch = () => void liveRunPages().catch(() => undefined);
  if (RUN_VIEWS.includes(view)) prefetch();
  else setTimeout(() => requestIdleCallback(prefetch), PREFETCH_DELAY_MS);
}
