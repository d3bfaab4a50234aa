/** Routes: the URL hash holds the view, the run, the filters and the selected range. */
import type { Range } from "../../api/types";

export const VIEWS = {
  execute: { name: "Execute", keys: [] },
  dry: { name: "Dry run", keys: ["show", "at"] },
  overview: { name: "Overview", keys: ["run", "from", "to", "zoom", "log"] },
  endpoints: { name: "Endpoints", keys: ["run", "op", "failure", "from", "to", "zoom", "log", "group", "q", "sort"] },
  http: { name: "HTTP", keys: ["run", "from", "to", "zoom", "log"] },
  log: { name: "Log", keys: ["run", "level", "q"] },
  history: {
    name: "History",
    keys: [
      "failure",
      "from",
      "to",
      "zoom",
      "log",
      "q",
      "sort",
      "status",
      "profile",
      "verdict",
      "days",
      "env",
      "tag",
      "target",
      "meta",
      "label",
      "since",
      "until",
    ],
  },
  discover: { name: "Discover", keys: ["way", "q", "show", "group", "method", "tag", "version", "file"] },
  slos: { name: "SLOs", keys: ["q"] },
  settings: { name: "Settings", keys: ["q", "who", "action"] },
  /** #/compare/<run a>/<run b> */
  compare: { name: "Compare", keys: ["a_from", "a_to", "b_from", "b_to"] },
  trend: { name: "Trend", keys: ["op", "metric", "profile", "env", "target", "runs", "load"] },
} as const satisfies Record<string, { name: string; keys: readonly string[] }>;

export type View = keyof typeof VIEWS;
export type Key = (typeof VIEWS)[View]["keys"][number];
export type Parameters = Partial<Record<Key, string>>;

export interface Route {
  view: View;
  /** The run of #/history/<run id>, or both runs of #/compare/<a>/<b> joined by a slash. */
  id: string | null;
  parameters: Parameters;
}

export const HOME: Route = { view: "execute", id: null, parameters: {} };
export const VIEW_NAMES = Object.keys(VIEWS) as View[];

const isView = (name: string): name is View => Object.hasOwn(VIEWS, name);

/** Returns the route of a hash; null if the hash names no view. */
export function parse(hash: string): Route | null {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...rest] = path.split("/");
  if (!isView(view)) return null;
  const id = (view === "history" || view === "compare") && rest[0] ? rest.map(decode).join("/") : null;
  const given = new URLSearchParams(query);
  const parameters: Parameters = {};
  for (const key of VIEWS[view].keys) {
    const value = given.get(key);
    if (value !== null && value !== "") parameters[key] = value;
  }
  return { view, id, parameters };
}

/** Returns the hash of a route, with the keys of its view in a fixed order. */
export function format({ view, id, parameters }: Route): string {
  const query = new URLSearchParams();
  for (const key of VIEWS[view].keys) {
    const value = parameters[key];
    if (value) query.set(key, value);
  }
  const path = id ? `${view}/${id.split("/").map(encodeURIComponent).join("/")}` : view;
  const text = query.toString();
  return `#/${path}${text ? `?${text}` : ""}`;
}

export const hrefOf = (view: View, parameters: Parameters = {}, id: string | null = null): string =>
  format({ view, id, parameters });

/** Returns the run that the URL names: that of a run page, or the one selected for the tabs of a run. */
export const namedRun = ({ view, id, parameters }: Route): string | null =>
  view === "history" ? id : (parameters.run ?? null);

/** Returns whether a page is about one run. */
export const isAboutRun = ({ view, id }: Route): boolean =>
  (VIEWS[view].keys as readonly string[]).includes("run") || (view === "history" && id !== null);

/** Returns the tab that a view belongs to. */
export const tabOf = (view: View): View =>
  view === "compare" || view === "trend" ? "history" : view === "dry" ? "execute" : view;

export const compareHref = (a: string, b: string): string => hrefOf("compare", {}, `${a}/${b}`);

/** Returns the selected range; null if it is missing or invalid. */
export function rangeOf({ from, to }: Parameters): Range | null {
  if (from === undefined || to === undefined) return null;
  const range = { from_s: Number(from), to_s: Number(to) };
  const valid = Number.isFinite(range.from_s) && Number.isFinite(range.to_s) && range.from_s >= 0;
  return valid && range.to_s > range.from_s ? range : null;
}

/** Returns the keys of the charts with a logarithmic scale. */
export const logChartsOf = ({ log }: Parameters): string[] => (log ? log.split(",") : []);

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
