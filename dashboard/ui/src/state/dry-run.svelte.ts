/** The latest dry run: starts, polls and cancels it. The server keeps it, so a reload shows it again. */
import { ApiError, isAbort, messageOf } from "../api/client";
import { startDryRun, cancelDryRun, getDryRun, getStatus } from "../api/run";
import type { DryRun, DryRunBody, DryRunEntry } from "../api/types";

const POLL_INTERVAL_MS = 250;
const LATEST = "latest";

class DryRunState {
  state = $state<"loading" | "none" | "ready" | "failed">("loading");
  problem = $state("");
  answer = $state.raw<DryRun | null>(null);
  entries = $state.raw<DryRunEntry[]>([]);
  readonly live: boolean = $derived(this.answer?.status === "starting" || this.answer?.status === "running");
  #id = LATEST;
  #abort = new AbortController();

  /** Polls the latest dry run until the returned function is called. */
  open(): () => void {
    this.#follow(LATEST);
    return () => this.#abort.abort();
  }

  /** Starts a dry run, polls it and returns its ID. Throws the error of the server. */
  async start(body: DryRunBody): Promise<string> {
    const { dry_id } = await startDryRun(body);
    this.#follow(dry_id);
    return dry_id;
  }

  async cancel(): Promise<void> {
    try {
      if (this.answer) await cancelDryRun(this.answer.dry_id);
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  #follow(id: string): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    if (id !== this.answer?.dry_id) [this.answer, this.entries, this.state] = [null, [], "loading"];
    this.#id = id;
    this.problem = "";
    void this.#poll(this.#abort.signal);
  }

  async #poll(signal: AbortSignal): Promise<void> {
    try {
      if (this.#id === LATEST && (await getStatus(signal)).dry_id === null) {
        this.state = "none";
        return;
      }
      const known = this.entries.filter(({ state }) => state !== "waiting");
      const answer = await getDryRun(this.#id, known.length, signal);
      if (signal.aborted) return;
      const same = answer.dry_id === this.answer?.dry_id;
      if (!same && answer.after > 0) {
        this.#follow(LATEST);
        return;
      }
      this.#id = answer.dry_id;
      this.entries = [...known.slice(0, answer.after), ...answer.entries];
      [this.answer, this.state, this.problem] = [answer, "ready", ""];
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      if (error instanceof ApiError && error.status === 404) {
        this.state = "none";
        return;
      }
      this.problem = messageOf(error);
      if (this.state === "loading") this.state = "failed";
    }
    if (this.live)
      setTimeout(() => {
        if (!signal.aborted) void this.#poll(signal);
      }, POLL_INTERVAL_MS);
  }
}

export const dryRun = new DryRunState();
