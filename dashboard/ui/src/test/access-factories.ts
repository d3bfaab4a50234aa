/** Complete values of sessions and tokens; a test overrides only the fields it is about. */
import type { Session, Token } from "../api/types";

const LIMITS = { targets: [], environments: [], max_vus: null, max_rate: null };

export const aSession = (some: Partial<Session> = {}): Session => ({
  who: "local",
  role: "admin",
  limits: LIMITS,
  ...some,
});

export const aToken = (name: string, some: Partial<Token> = {}): Token => ({
  name,
  role: "runner",
  created_at: "2026-11-21T10:15:00.000Z",
  created_by: "admin",
  expires_at: "2027-02-19T10:15:00.000Z",
  has_expired: false,
  last_used_at: null,
  ...LIMITS,
  ...some,
});
