/** Status of the replica in InfluxDB, updated by the stream. */
import { getReplica } from "../api/influx";
import type { ReplicaStatus } from "../api/types";
import { stream } from "./stream.svelte";

class Replica {
  value = $state.raw<ReplicaStatus | null>(null);
  readonly hasProblem: boolean = $derived(
    this.value?.configured === true && (this.value.state !== "ok" || (this.value.rejected ?? 0) > 0),
  );

  async start(): Promise<void> {
    await this.#load();
    if (this.value?.configured !== true) return;
    stream.subscribe(["runs"], {
      onevent: (event, data) => {
        if (event === "replica") this.value = data as ReplicaStatus;
      },
      onreset: () => void this.#load(),
    });
  }

  async #load(): Promise<void> {
    try {
      this.value = await getReplica();
    } catch {
      // The page works without the replica; the next event updates the status.
    }
  }
}

export const replica = new Replica();
