/** Where the reader is. The hash is the only record of it, so links, reload and back all work. */
import type { Range } from "../api/types";
import {
  HOME,
  type Parameters,
  type Route,
  type View,
  format,
  logChartsOf,
  parse,
  rangeOf,
} from "../model/navigation/routes";

class Router {
  route = $state.raw<Route>(HOME);
  readonly range: Range | null = $derived(rangeOf(this.route.parameters));
  /** Charts show the selected range only. */
  readonly zoomed: boolean = $derived(this.range !== null && this.route.parameters.zoom === "1");
  readonly logCharts: readonly string[] = $derived(logChartsOf(this.route.parameters));

  start(): void {
    addEventListener("hashchange", () => this.#read());
    this.#read();
  }

  go(view: View, parameters: Parameters = {}, id: string | null = null): void {
    this.#to({ view, id, parameters }, false);
  }

  /** Change some parameters of the present view. Typing must not fill the browser's history: `replace`. */
  set(changes: Parameters, replace = false): void {
    const parameters = { ...this.route.parameters, ...changes };
    this.#to({ ...this.route, parameters }, replace);
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

  /** The same run and range on another tab; with `more`, a certain place there. */
  beside(view: View, more: Parameters = {}): string {
    const { id, parameters } = this.route;
    const { from, to } = parameters;
    const of = id === null ? { run: parameters.run, from, to } : more.op === undefined ? {} : { run: id, from, to };
    return format({ view, id: null, parameters: definite({ ...of, ...more }) });
  }

  /** This view with other parameters. */
  with(changes: Parameters): string {
    return format({ ...this.route, parameters: { ...this.route.parameters, ...changes } });
  }

  #to(route: Route, replace: boolean): void {
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

function definite(parameters: { [key in keyof Parameters]: string | undefined }): Parameters {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
}

export const router = new Router();
