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
      // The server refuses what is not allowed, also when the page does not know the role.
      this.value = null;
    }
  }

  /** Why the role does not allow what needs the role `needed`; empty if it does. */
  denial(needed: Role): string {
    return denialOf(this.value, needed);
  }
}

export const session = new Session();
