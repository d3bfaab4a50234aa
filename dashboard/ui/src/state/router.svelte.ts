/** The current route. It is stored only in the URL hash, so links, reload and back work. */
import type { Range } from "../api/types";
import {
  HOME,
  type Parameters,
  type Route,
  type View,
  format,
  logChartsOf,
  namedRun,
  parse,
  rangeOf,
} from "../model/navigation/routes";

class Router {
  route = $state.raw<Route>(HOME);
  readonly range: Range | null = $derived(rangeOf(this.route.parameters));
  /** Whether charts show only the selected range. */
  readonly zoomed: boolean = $derived(this.range !== null && this.route.parameters.zoom === "1");
  readonly logCharts: readonly string[] = $derived(logChartsOf(this.route.parameters));

  start(): void {
    addEventListener("hashchange", () => this.#read());
    this.#read();
  }

  go(view: View, parameters: Parameters = {}, id: string | null = null): void {
    this.#navigate({ view, id, parameters }, false);
  }

  /** Changes parameters of the current view. With `replace`, the change adds no history entry, which suits typing. */
  set(changes: Parameters, replace = false): void {
    const parameters = { ...this.route.parameters, ...changes };
    this.#navigate({ ...this.route, parameters }, replace);
  }

  select(range: Range | null): void {
    const text = (seconds: number) => String(Number(seconds.toFixed(1)));
    this.set(range ? { from: text(range.from_s), to: text(range.to_s) } : { from: "", to: "", zoom: "" });
  }

  zoom(on: boolean): void {
    this.set({ zoom: on ? "1" : "" });
  }

  toggleLog(chart: string): void {
    const others = this.logCharts.filter((key) => key !== chart);
    this.set({ log: (others.length < this.logCharts.length ? others : [...others, chart]).join(",") }, true);
  }

  /** Returns the URL of the same run and range in another view, with extra parameters. */
  hrefFor(view: View, more: Parameters = {}): string {
    const run = namedRun(this.route) ?? undefined;
    const { from, to } = this.route.parameters;
    return format({ view, id: null, parameters: withoutUndefined({ run, from, to, ...more }) });
  }

  /** Returns the URL of this view with changed parameters. */
  hrefWith(changes: Parameters): string {
    return format({ ...this.route, parameters: { ...this.route.parameters, ...changes } });
  }

  #navigate(route: Route, replace: boolean): void {
    const hash = format(route);
    if (hash === location.hash) return;
    history[replace ? "replaceState" : "pushState"](null, "", hash);
    this.route = parse(hash) ?? HOME;
  }

  #read(): void {
    const route = parse(location.hash);
    if (!route) history.replaceState(null, "", format(HOME));
    this.route = route ?? HOME;
  }
}

function withoutUndefined(parameters: { [key in keyof Parameters]: string | undefined }): Parameters {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
}

export const router = new Router();
