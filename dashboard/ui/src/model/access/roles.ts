/** Roles: each includes the ones before it. The server enforces them; the page explains them. */
import type { Role, Session } from "../../api/types";

export const ROLES: readonly Role[] = ["viewer", "runner", "admin"];

export const ROLE_TEXT: Record<Role, string> = {
  viewer: "Reads runs, reports and live figures",
  runner: "Also starts, stops and steers runs, and edits tests, notes and tags",
  admin: "Also deletes and imports, and manages tokens",
};

const includes = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** Returns why the session lacks the role `needed`; empty if it has that role, or while the session is unknown. */
export function denialOf(session: Session | null, needed: Role): string {
  if (session === null || includes(session.role, needed)) return "";
  return `This requires the role ${needed}. You are signed in as ${session.who} with the role ${session.role}.`;
}
