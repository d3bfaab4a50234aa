/** Live runs of other dashboards on the same InfluxDB, updated by the stream. */
import { getRemoteRuns } from "../api/influx";
import type { RemoteRun } from "../api/types";
import { stream } from "./stream.svelte";

export class RemoteRuns {
  runs = $state.raw<RemoteRun[]>([]);
  readonly #subscription;

  constructor() {
    this.#subscription = stream.subscribe(["runs"], {
      onevent: (event, data) => {
        if (event === "remote_runs") this.runs = (data as { runs: RemoteRun[] }).runs;
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
      // History works without remote runs; the next event updates the list.
    }
  }
}
