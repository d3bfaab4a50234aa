/** Access tokens on the server. */
import { listTokens, revokeToken } from "../api/access";
import { isAbort, messageOf } from "../api/client";
import type { Token } from "../api/types";

export class Tokens {
  items = $state.raw<Token[]>([]);
  state = $state<"loading" | "ready" | "failed">("loading");
  problem = $state("");
  #abort = new AbortController();

  async load(): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    try {
      this.items = await listTokens(abort.signal);
      this.state = "ready";
    } catch (error) {
      if (isAbort(error)) return;
      this.state = "failed";
      this.problem = messageOf(error);
    }
  }

  async revoke(name: string): Promise<void> {
    await revokeToken(name);
    await this.load();
  }

  close(): void {
    this.#abort.abort();
  }
}
