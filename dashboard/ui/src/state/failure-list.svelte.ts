/** Failed requests of a run or of one operation, updated while the run is live. */
import { isAbort, messageOf } from "../api/client";
import { getFailures } from "../api/runs";
import type { FailureGroup, Op } from "../api/types";
import { preferences } from "./preferences.svelte";
import { type Subscription, stream } from "./stream.svelte";

const MIN_LOAD_INTERVAL_MS = 2_000;

export class FailureList {
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state("");
  groups = $state.raw<FailureGroup[]>([]);
  readonly #id: string;
  readonly #op: string | null;
  #errors = "";
  #subscription: Subscription;
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextLoadAt = 0;

  constructor(id: string, op: string | null) {
    this.#id = id;
    this.#op = op;
    this.#subscription = stream.subscribe([`run:${id}`, `ops:${id}`], {
      onevent: (event, data) => {
        if (
          event === "failures" ||
          event === "run" ||
          (event === "ops" && this.#hasNewErrors((data as { ops: Op[] }).ops))
        )
          this.#schedule();
      },
      onreset: () => this.#schedule(),
    });
    void this.load();
  }

  close(): void {
    clearTimeout(this.#timer);
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
    this.#nextLoadAt = performance.now() + MIN_LOAD_INTERVAL_MS;
  }

  /** Whether error counts changed since the last call. Successful requests need no reload. */
  #hasNewErrors(ops: Op[]): boolean {
    const errors = ops
      .map(({ op, errors, checks_failed }) => `${op} ${String(errors)} ${String(checks_failed)}`)
      .join();
    const changed = errors !== this.#errors;
    this.#errors = errors;
    return changed;
  }

  #schedule(): void {
    if (preferences.frozen || this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.load();
      },
      Math.max(0, this.#nextLoadAt - performance.now()),
    );
  }
}
