/** A filtered list of runs, read page by page, kept true by what the stream says of its runs. */
import { isAbort, messageOf } from "../api/client";
import { listRuns } from "../api/runs";
import type { RunFilters, RunRecord } from "../api/types";

const PAGE = 100;
const SETTLE_MS = 200;

export class RunList {
  items = $state.raw<RunRecord[]>([]);
  total = $state<number | null>(null);
  more = $state(false);
  loadingMore = $state(false);
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state("");
  /** Ids of runs that were chosen; they stay chosen while more are listed. */
  ticked = $state.raw<ReadonlySet<string>>(new Set());
  #filters: RunFilters = {};
  #next: Record<string, string> = {};
  #abort = new AbortController();
  #settling: ReturnType<typeof setTimeout> | undefined;

  filter(filters: RunFilters): void {
    this.#filters = filters;
    this.#soon(this.#settling === undefined ? 0 : SETTLE_MS);
  }

  /** A run that is listed shows its change at once; a new one may or may not pass the filters: ask. */
  hear(run: RunRecord): void {
    const at = this.items.findIndex((other) => other.run_id === run.run_id);
    if (at >= 0) this.items = this.items.with(at, run);
    else if (run.run_id > (this.items[0]?.run_id ?? "")) this.#soon(SETTLE_MS);
  }

  tick(runId: string, on: boolean): void {
    const others = [...this.ticked].filter((other) => other !== runId);
    this.ticked = new Set(on ? [...others, runId] : others);
  }

  again(): void {
    this.#soon(0);
  }

  close(): void {
    clearTimeout(this.#settling);
    this.#abort.abort();
  }

  async loadMore(): Promise<void> {
    if (!this.more) return;
    this.loadingMore = true;
    this.problem = "";
    try {
      const page = await listRuns(this.#filters, PAGE, this.#next, this.#abort.signal);
      this.items = [...this.items, ...page.items];
      [this.more, this.#next] = [page.more, page.next];
    } catch (error) {
      if (!isAbort(error)) this.problem = messageOf(error);
    }
    this.loadingMore = false;
  }

  #soon(ms: number): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#load(), ms);
  }

  async #load(): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    try {
      const page = await listRuns(this.#filters, PAGE, {}, this.#abort.signal);
      [this.items, this.total, this.more, this.state] = [page.items, page.total, page.more, "ready"];
      this.#next = page.next;
    } catch (error) {
      if (isAbort(error)) return;
      this.problem = messageOf(error);
      this.state = "failed";
    }
  }
}
