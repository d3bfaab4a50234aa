/** Failing requests of a run or of one of its operations, kept true while the run is live. */
import { isAbort, messageOf } from "../api/client";
import { getFailures } from "../api/runs";
import type { FailureGroup, Op } from "../api/types";
import { preferences } from "./preferences.svelte";
import { type Subscription, stream } from "./stream.svelte";

const MIN_PAUSE_MS = 2_000;

export class FailureList {
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state("");
  groups = $state.raw<FailureGroup[]>([]);
  readonly #id: string;
  readonly #op: string | null;
  #errors = "";
  #subscription: Subscription;
  #abort = new AbortController();
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #restUntil = 0;

  constructor(id: string, op: string | null) {
    this.#id = id;
    this.#op = op;
    this.#subscription = stream.subscribe([`run:${id}`, `ops:${id}`], {
      onevent: (event, data) => {
        if (event === "failures" || event === "run" || (event === "ops" && this.#isNews((data as { ops: Op[] }).ops)))
          this.#soon();
      },
      onreset: () => this.#soon(),
    });
    void this.load();
  }

  close(): void {
    clearTimeout(this.#waiting);
    this.#subscription.close();
    this.#abort.abort();
  }

  async load(): Promise<void> {
    try {
      this.groups = await getFailures(this.#id, this.#op, this.#abort.signal);
      this.state = "ready";
    } catch (error) {
      if (isAbort(error)) return;
      this.problem = messageOf(error);
      if (this.state === "loading") this.state = "failed";
    }
    this.#restUntil = performance.now() + MIN_PAUSE_MS;
  }

  /** Requests that went well change nothing here. */
  #isNews(ops: Op[]): boolean {
    const told = ops.map(({ op, errors, checks_failed }) => `${op} ${String(errors)} ${String(checks_failed)}`).join();
    const news = told !== this.#errors;
    this.#errors = told;
    return news;
  }

  #soon(): void {
    if (preferences.paused || this.#waiting !== undefined) return;
    this.#waiting = setTimeout(
      () => {
        this.#waiting = undefined;
        void this.load();
      },
      Math.max(0, this.#restUntil - performance.now()),
    );
  }
}
