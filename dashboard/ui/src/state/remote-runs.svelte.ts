/** Runs that other dashboards on the same InfluxDB are in the middle of. Kept true by the stream while it is shown. */
import { getRemoteRuns } from "../api/influx";
import type { RemoteRun } from "../api/types";
import { stream } from "./stream.svelte";

export class RemoteRuns {
  runs = $state.raw<RemoteRun[]>([]);
  readonly #subscription;

  constructor() {
    this.#subscription = stream.subscribe(["runs"], {
      onevent: (event, data) => {
        if (event === "elsewhere") this.runs = (data as { runs: RemoteRun[] }).runs;
      },
      onreset: () => void this.#load(),
    });
    void this.#subscription.opened.then(() => this.#load());
  }

  close(): void {
    this.#subscription.close();
  }

  async #load(): Promise<void> {
    try {
      this.runs = await getRemoteRuns();
    } catch {
      // History is whole without it; the next event tells
    }
  }
}
