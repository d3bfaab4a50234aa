/** Defaults, profiles and limits of the server. */
import { messageOf } from "../api/client";
import { getConfig } from "../api/run";
import type { RunConfig } from "../api/types";

class Config {
  value = $state.raw<RunConfig | null>(null);
  problem = $state<string | null>(null);

  async load(): Promise<void> {
    try {
      this.value = await getConfig();
      this.problem = null;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }
}

export const config = new Config();
