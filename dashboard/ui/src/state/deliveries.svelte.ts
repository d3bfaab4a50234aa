/** The deliveries of one webhook, page by page. */
import { isAbort, messageOf } from "../api/client";
import type { Delivery } from "../api/types";
import { listDeliveries, resendDelivery } from "../api/webhooks";

export class Deliveries {
  items = $state.raw<Delivery[]>([]);
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state("");
  hasMore = $state(false);
  #abort = new AbortController();
  #next: Record<string, string> = {};
  readonly #webhook: string;

  constructor(webhook: string) {
    this.#webhook = webhook;
  }

  /** Loads the newest deliveries in a state; an empty state is any. */
  async load(state: string): Promise<void> {
    this.#next = {};
    await this.#fetch(state, []);
  }

  async loadMore(state: string): Promise<void> {
    await this.#fetch(state, this.items);
  }

  async resend(delivery: Delivery, state: string): Promise<void> {
    await resendDelivery(this.#webhook, delivery.number);
    await this.load(state);
  }

  close(): void {
    this.#abort.abort();
  }

  async #fetch(state: string, shown: Delivery[]): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    try {
      const page = await listDeliveries(this.#webhook, state, this.#next, abort.signal);
      this.items = [...shown, ...page.items];
      this.hasMore = page.more;
      this.#next = page.next;
      this.state = "ready";
    } catch (error) {
      if (isAbort(error)) return;
      this.state = "failed";
      this.problem = messageOf(error);
    }
  }
}
