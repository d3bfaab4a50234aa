/** Ways to sign in, and the fields of each. */
import type { AuthMode, StartBody } from "../../api/types";

export const SECRETS = [
  "auth_token",
  "auth_basic_user",
  "auth_basic_pass",
  "auth_api_key",
  "auth_client_secret",
  "auth_refresh_body",
  "auth_refresh_headers",
] as const;
export const PUBLIC = [
  "auth_api_key_header",
  "auth_host",
  "auth_realm",
  "auth_client_id",
  "auth_refresh_strategy",
  "auth_refresh_endpoint",
  "auth_refresh_interval",
  "auth_refresh_method",
  "auth_token_path",
  "auth_expires_path",
] as const;
export type Secret = (typeof SECRETS)[number];
export type Public = (typeof PUBLIC)[number];
export type AuthField = Secret | Public;
export type AuthPart = Partial<Pick<StartBody, AuthField | "auth_mode">>;
export type Strategy = "keycloak" | "bearer_endpoint" | "none";

export const MODES: { value: AuthMode; label: string }[] = [
  { value: "none", label: "None" },
  { value: "bearer", label: "Bearer" },
  { value: "basic", label: "Basic" },
  { value: "api_key", label: "API key" },
  { value: "keycloak", label: "Keycloak" },
  { value: "bearer_endpoint", label: "Token endpoint" },
];

const KEYCLOAK: AuthField[] = ["auth_host", "auth_realm", "auth_client_id", "auth_client_secret"];
const ENDPOINT: AuthField[] = ["auth_refresh_endpoint", "auth_client_id", "auth_client_secret"];
const MAIN: Record<AuthMode, AuthField[]> = {
  none: [],
  bearer: ["auth_token"],
  basic: ["auth_basic_user", "auth_basic_pass"],
  api_key: ["auth_api_key", "auth_api_key_header"],
  keycloak: KEYCLOAK,
  bearer_endpoint: ENDPOINT,
};
const ANSWER: AuthField[] = ["auth_token_path", "auth_expires_path"];
const REQUEST: AuthField[] = ["auth_basic_user", "auth_basic_pass", "auth_refresh_body", "auth_refresh_headers"];

/** What a token can be renewed by: the mode itself, or for a typed one what is chosen. */
export function strategies(mode: AuthMode): { value: Strategy; label: string }[] {
  const never: { value: Strategy; label: string } = { value: "none", label: "Never" };
  if (mode === "keycloak" || mode === "bearer_endpoint") return [{ value: mode, label: "Before it expires" }, never];
  if (mode !== "bearer") return [];
  return [never, { value: "bearer_endpoint", label: "Token endpoint" }, { value: "keycloak", label: "Keycloak" }];
}

export function strategyOf(mode: AuthMode, chosen: string): Strategy {
  const open = strategies(mode);
  return open.find(({ value }) => value === chosen)?.value ?? open[0]?.value ?? "none";
}

/** The fields that always show, and those behind "More". */
export function fieldsOf(mode: AuthMode, strategy: Strategy): { main: AuthField[]; more: AuthField[] } {
  const source = mode === "bearer" ? strategy : mode;
  const renewal: AuthField[] = strategy === "none" ? [] : ["auth_refresh_interval"];
  if (source === "keycloak") return { main: [...new Set([...MAIN[mode], ...KEYCLOAK])], more: renewal };
  if (source !== "bearer_endpoint") return { main: MAIN[mode], more: [] };
  const own = mode === "bearer" ? REQUEST.slice(2) : REQUEST;
  return {
    main: [...new Set([...MAIN[mode], ...ENDPOINT])],
    more: [...own, "auth_refresh_method", ...ANSWER, ...renewal],
  };
}

export const isSecret = (field: AuthField): field is Secret => (SECRETS as readonly string[]).includes(field);

interface FieldSpec {
  label: string;
  hidden?: boolean;
  placeholder?: string;
  hint?: string;
  unit?: string;
}

export const FIELD_SPECS: Record<AuthField, FieldSpec> = {
  auth_token: { label: "Token", hidden: true },
  auth_basic_user: { label: "User" },
  auth_basic_pass: { label: "Password", hidden: true },
  auth_api_key: { label: "Key", hidden: true },
  auth_api_key_header: { label: "Header" },
  auth_host: { label: "Keycloak address", placeholder: "http://127.0.0.1:8080" },
  auth_realm: { label: "Realm" },
  auth_client_id: { label: "Client ID" },
  auth_client_secret: { label: "Client secret", hidden: true },
  auth_refresh_strategy: { label: "Renewed" },
  auth_refresh_endpoint: {
    label: "Token endpoint",
    placeholder: "/auth/token",
    hint: "An address, or a path below the base URL",
  },
  auth_refresh_interval: { label: "Renewed every", unit: "s", placeholder: "0.6 of its life" },
  auth_refresh_method: { label: "Method", placeholder: "POST" },
  auth_refresh_body: {
    label: "Body of the request",
    hidden: true,
    hint: "JSON or a form; empty: the client's credentials",
  },
  auth_refresh_headers: { label: "A further header", hidden: true, hint: "Name: value" },
  auth_token_path: { label: "Token in the answer", placeholder: "access_token, token" },
  auth_expires_path: { label: "Its life in the answer", placeholder: "expires_in" },
};
