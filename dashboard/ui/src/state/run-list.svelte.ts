/** A filtered, paged list of runs, updated by the stream. */
import { isAbort, messageOf } from "../api/client";
import { listRuns } from "../api/runs";
import type { RunFilters, RunRecord } from "../api/types";

const PAGE_SIZE = 100;
const DEBOUNCE_MS = 200;

export class RunList {
  items = $state.raw<RunRecord[]>([]);
  total = $state<number | null>(null);
  more = $state(false);
  loadingMore = $state(false);
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state("");
  /** Ids of selected runs. Loading more runs keeps the selection. */
  selected = $state.raw<ReadonlySet<string>>(new Set());
  #filters: RunFilters = {};
  #next: Record<string, string> = {};
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  filter(filters: RunFilters): void {
    this.#filters = filters;
    this.#schedule(this.#timer === undefined ? 0 : DEBOUNCE_MS);
  }

  /** Replaces a listed run. A new run may not match the filters, so the list is loaded again. */
  update(run: RunRecord): void {
    const at = this.items.findIndex((other) => other.run_id === run.run_id);
    if (at >= 0) this.items = this.items.with(at, run);
    else if (run.run_id > (this.items[0]?.run_id ?? "")) this.#schedule(DEBOUNCE_MS);
  }

  select(runId: string, on: boolean): void {
    const others = [...this.selected].filter((other) => other !== runId);
    this.selected = new Set(on ? [...others, runId] : others);
  }

  reload(): void {
    this.#schedule(0);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  async loadMore(): Promise<void> {
    if (!this.more) return;
    this.loadingMore = true;
    this.problem = "";
    try {
      const page = await listRuns(this.#filters, PAGE_SIZE, this.#next, this.#abort.signal);
      this.items = [...this.items, ...page.items];
      [this.more, this.#next] = [page.more, page.next];
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error);
    }
    this.loadingMore = false;
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(), ms);
  }

  async #load(): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    try {
      const page = await listRuns(this.#filters, PAGE_SIZE, {}, this.#abort.signal);
      [this.items, this.total, this.more, this.state] = [page.items, page.total, page.more, "ready"];
      this.#next = page.next;
    } catch (error) {
      if (isAbort(error)) return;
      this.problem = messageOf(error);
      this.state = "failed";
    }
  }
}
