/** The settings of the server that are in force. */
import { listSettings } from "../api/access";
import { isAbort, messageOf } from "../api/client";
import type { Setting } from "../api/types";

export class SettingsList {
  items = $state.raw<Setting[]>([]);
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state("");
  #abort = new AbortController();

  async load(): Promise<void> {
    try {
      this.items = await listSettings(this.#abort.signal);
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
