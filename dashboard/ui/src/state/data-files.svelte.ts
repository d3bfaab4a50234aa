/** Data files on the server. */
import { isAbort, messageOf } from "../api/client";
import { listDataFiles } from "../api/data";
import type { DataFile } from "../api/types";

export class DataFiles {
  items = $state.raw<DataFile[]>([]);
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state("");
  #abort = new AbortController();

  async load(): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    try {
      this.items = await listDataFiles(abort.signal);
      this.state = "ready";
    } catch (error) {
      if (isAbort(error)) return;
      this.state = "failed";
      this.problem = messageOf(error);
    }
  }

  close(): void {
    this.#abort.abort();
  }
}
