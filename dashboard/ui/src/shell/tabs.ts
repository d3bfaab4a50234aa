/** The tabs in the order of their number keys. */
import { urlOf } from "../api/base-path";
import type { IconName } from "../components/icons";
import { VIEWS, type View, hrefOf } from "../model/navigation/routes";

/** SLOs and settings are below the tabs. Dry runs, comparisons and trends belong to a tab. */
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

interface MoreLink {
  /** The view that the link opens; null for a page outside the app. */
  view: View | null;
  name: string;
  href: string;
  icon: IconName;
}

/** Returns the links below the tabs. Only administrators see the settings. */
export function moreLinks(isAdmin: boolean): MoreLink[] {
  const links: MoreLink[] = [
    { view: "slos", name: VIEWS.slos.name, href: hrefOf("slos"), icon: "gauge" },
    { view: "settings", name: VIEWS.settings.name, href: hrefOf("settings"), icon: "settings" },
    { view: null, name: "API docs", href: urlOf("/docs"), icon: "book" },
  ];
  return links.filter(({ view }) => isAdmin || view !== "settings");
}
