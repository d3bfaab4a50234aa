/** The log of a run: the latest page, older pages on demand, live lines at the end; at most MAX_LINES. */
import { isAbort, messageOf } from "../api/client";
import { getLog } from "../api/runs";
import type { LogEntry } from "../api/types";
import { type LogFilter, type LogRow, matchesFilter } from "../model/runs/log-lines";
import { type Subscription, stream } from "./stream.svelte";

const PAGE_SIZE = 500;
export const MAX_LINES = 2_000;

export class RunLog {
  readonly id: string;
  lines = $state.raw<LogRow[]>([]);
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state("");
  droppedBytes = $state(0);
  /** Whether older lines exist that are not loaded. */
  older = $state(false);
  loadingOlder = $state(false);
  /** False if older lines pushed the latest lines out of the list. */
  atEnd = $state(true);
  #filter: LogFilter;
  /** Offset of the first loaded line. */
  #first = 0;
  #key = 0;
  #subscription: Subscription;
  #abort = new AbortController();

  constructor(id: string, filter: LogFilter) {
    this.id = id;
    this.#filter = filter;
    this.#subscription = stream.subscribe([`log:${id}`], {
      onevent: (_, data) => this.#append((data as { entries: LogEntry[] }).entries),
      onreset: () => void this.load(),
    });
    void this.#subscription.opened.then(() => this.load());
  }

  close(): void {
    this.#subscription.close();
    this.#abort.abort();
  }

  async load(): Promise<void> {
    await this.#try(async () => {
      const page = await this.#page({});
      this.lines = page.entries.map((entry) => this.#line(entry));
      this.#first = page.first;
      this.older = page.first > 0;
      this.atEnd = true;
      this.droppedBytes = page.dropped_bytes;
      this.state = "ready";
    });
  }

  async loadOlder(): Promise<void> {
    if (this.loadingOlder || !this.older) return;
    this.loadingOlder = true;
    await this.#try(async () => {
      const page = await this.#page({ before: this.#first });
      const known = new Set(this.lines.map(identity));
      const fresh = page.entries.filter((entry) => !known.has(identity(entry)));
      const lines = [...fresh.map((entry) => this.#line(entry)), ...this.lines];
      this.atEnd = this.atEnd && lines.length <= MAX_LINES;
      this.lines = lines.slice(0, MAX_LINES);
      this.older = page.first > 0 && page.first < this.#first;
      this.#first = page.first;
    });
    this.loadingOlder = false;
  }

  #page(position: { before?: number }) {
    const { level, search } = this.#filter;
    return getLog(this.id, { ...position, limit: PAGE_SIZE, level, search }, this.#abort.signal);
  }

  #append(entries: LogEntry[]): void {
    if (this.state !== "ready" || !this.atEnd) return;
    const known = new Set(this.lines.slice(-PAGE_SIZE).map(identity));
    const fresh = entries.filter((entry) => matchesFilter(entry, this.#filter) && !known.has(identity(entry)));
    if (fresh.length === 0) return;
    const lines = [...this.lines, ...fresh.map((entry) => this.#line(entry))];
    if (lines.length > MAX_LINES) {
      this.older = true;
      this.#first = lines[lines.length - MAX_LINES]?.offset ?? this.#first;
    }
    this.lines = lines.slice(-MAX_LINES);
  }

  #line(entry: LogEntry): LogRow {
    return { ...entry, key: String(++this.#key) };
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isAbort(error)) return;
      this.problem = messageOf(error);
      if (this.state === "loading") this.state = "failed";
    }
  }
}

/** Lines of k6 are identified by their offset in the console file, dashboard events by time and message. */
const identity = (entry: LogEntry): string =>
  entry.offset === null ? `${entry.at ?? ""} ${entry.message}` : String(entry.offset);
