/** Webhooks on the server, and the kinds of receivers. */
import { isAbort, messageOf } from "../api/client";
import type { ReceiverKind, Webhook } from "../api/types";
import { listReceiverKinds, listWebhooks } from "../api/webhooks";

export class Webhooks {
  items = $state.raw<Webhook[]>([]);
  kinds = $state.raw<ReceiverKind[]>([]);
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state("");
  #abort = new AbortController();

  async load(): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    try {
      const [items, kinds] = await Promise.all([listWebhooks(abort.signal), listReceiverKinds(abort.signal)]);
      [this.items, this.kinds] = [items, kinds];
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
