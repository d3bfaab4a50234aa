/** The audit log, page by page. */
import { type AuditFilters, listAudit } from "../api/access";
import { isAbort, messageOf } from "../api/client";
import type { AuditEntry } from "../api/types";

export class Audit {
  items = $state.raw<AuditEntry[]>([]);
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state("");
  hasMore = $state(false);
  #abort = new AbortController();
  #next: Record<string, string> = {};

  /** Loads the newest entries that match. */
  async load(filters: AuditFilters): Promise<void> {
    this.#next = {};
    await this.#fetch(filters, []);
  }

  /** Loads the page before the oldest entry. */
  async loadMore(filters: AuditFilters): Promise<void> {
    await this.#fetch(filters, this.items);
  }

  close(): void {
    this.#abort.abort();
  }

  async #fetch(filters: AuditFilters, shown: AuditEntry[]): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    try {
      const page = await listAudit(filters, this.#next, abort.signal);
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
