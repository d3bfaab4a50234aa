/** Complete values of sessions and tokens; a test overrides only the fields it is about. */
import type { AuditEntry, Session, Setting, Token } from "../api/types";

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

export const anAuditEntry = (some: Partial<AuditEntry> = {}): AuditEntry => ({
  number: 1,
  at: "2026-11-21T10:15:00.000Z",
  who: "ci",
  via: "token",
  role: "runner",
  client: "192.0.2.1",
  action: "run.annotate",
  object: "r1",
  before: null,
  after: null,
  ...some,
});

export const aSetting = (name: string, some: Partial<Setting> = {}): Setting => ({
  group: "Target and load",
  name,
  value: "10",
  is_secret: false,
  is_set: true,
  source: "default",
  description: `Meaning of ${name}`,
  ...some,
});
