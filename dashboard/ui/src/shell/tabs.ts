/** The tabs in the order of their number keys. */
import type { IconName } from "../components/icons";
import { VIEWS, type View } from "../model/navigation/routes";

/** SLOs, settings, dry runs, comparisons and trends have no tab; other views link to them. */
export type Tab = Exclude<View, "slos" | "settings" | "dry" | "compare" | "trend">;

const ICONS: Record<Tab, IconName> = {
  execute: "play",
  overview: "chart",
  endpoints: "list",
  http: "timing",
  log: "terminal",
  history: "history",
  discover: "search",
};

export const TABS = (Object.keys(ICONS) as Tab[]).map((view, i) => ({
  view,
  name: VIEWS[view].name,
  icon: ICONS[view],
  key: String(i + 1),
}));
