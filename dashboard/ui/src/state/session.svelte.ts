/** Who uses the page, and what the role allows. */
import { getSession } from "../api/access";
import type { Role, Session as SessionData } from "../api/types";
import { denialOf } from "../model/access/roles";

class Session {
  value = $state.raw<SessionData | null>(null);

  async load(): Promise<void> {
    try {
      this.value = await getSession();
    } catch {
      // The server refuses what is not allowed, even if the page does not know the role.
      this.value = null;
    }
  }

  /** Why the role of the user is not enough where `needed` is required; empty if it is enough. */
  denial(needed: Role): string {
    return denialOf(this.value, needed);
  }
}

export const session = new Session();
