/** Runs that other dashboards on the same InfluxDB are in the middle of. Kept true by the stream while it is shown. */
import { getElsewhere } from "../api/influx";
import type { ElsewhereRun } from "../api/types";
import { stream } from "./stream.svelte";

export class Elsewhere {
  runs = $state.raw<ElsewhereRun[]>([]);
  readonly #subscription;

  constructor() {
    this.#subscription = stream.subscribe(["runs"], {
      onevent: (event, data) => {
        if (event === "elsewhere") this.runs = (data as { runs: ElsewhereRun[] }).runs;
      },
      onreset: () => {
        void this.#load();
      },
    });
    void this.#subscription.opened.then(() => this.#load());
  }

  close(): void {
    this.#subscription.close();
  }

  async #load(): Promise<void> {
    try {
      this.runs = await getElsewhere();
    } catch {
      // History is whole without it; the next event tells
    }
  }
}
