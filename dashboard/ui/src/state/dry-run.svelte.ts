/** The newest dryRun run: begun, followed while it is at work, canceled. The server keeps it, so a reload finds it again. */
import { ApiError, isAbort, messageOf } from "../api/client";
import { startDryRun, cancelDryRun, getDryRun, getStatus } from "../api/run";
import type { DryRun, DryRunBody, DryRunEntry } from "../api/types";

const LOOK_EVERY_MS = 250;
const LATEST = "latest";

class DryRunState {
  state = $state<"loading" | "none" | "ready" | "failed">("loading");
  problem = $state("");
  answer = $state.raw<DryRun | null>(null);
  entries = $state.raw<DryRunEntry[]>([]);
  readonly live: boolean = $derived(this.answer?.status === "starting" || this.answer?.status === "running");
  #id = LATEST;
  #abort = new AbortController();

  /** Follow the newest one for as long as a page shows it. */
  open(): () => void {
    this.#follow(LATEST);
    return () => this.#abort.abort();
  }

  /** Throws what the server says against it. */
  async begin(body: DryRunBody): Promise<void> {
    const { dry_id } = await startDryRun(body);
    this.#follow(dry_id);
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
    void this.#look(this.#abort.signal);
  }

  async #look(signal: AbortSignal): Promise<void> {
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
        if (!signal.aborted) void this.#look(signal);
      }, LOOK_EVERY_MS);
  }
}

export const dryRun = new DryRunState();
