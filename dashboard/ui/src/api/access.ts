/** The session of the page's user, the settings, the access tokens and the audit log. */
import { urlOf } from "./base-path";
import { type Page, request, requestPage } from "./client";
import type { AuditEntry, CreatedToken, NewToken, Session, Setting, Token } from "./types";

export const getSession = () => request<Session>("/session");

export const listTokens = (signal?: AbortSignal) => request<Token[]>("/tokens", { signal });

export const createToken = (body: NewToken) => request<CreatedToken>("/tokens", { method: "POST", body });

export const revokeToken = (name: string) => request<null>(`/tokens/${encodeURIComponent(name)}`, { method: "DELETE" });

export const listSettings = (signal?: AbortSignal) => request<Setting[]>("/settings", { signal });

export interface AuditFilters {
  who: string;
  action: string;
}

/** A page of the audit log, newest first. `next` comes from the previous page; it is empty for the first page. */
export const listAudit = (
  filters: AuditFilters,
  next: Record<string, string>,
  signal?: AbortSignal,
): Promise<Page<AuditEntry>> =>
  requestPage<AuditEntry>("/audit", {
    query: { ...next, who: filters.who, action: filters.action, limit: 50 },
    signal,
  });

/** The whole audit log as JSON lines. */
export const AUDIT_EXPORT = urlOf("/audit/export");
