/** Authentication modes and their form fields. */
import type { AuthMode, StartBody } from "../../api/types";

export const SECRET_FIELDS = [
  "auth_token",
  "auth_basic_user",
  "auth_basic_pass",
  "auth_api_key",
  "auth_client_secret",
  "auth_refresh_body",
  "auth_refresh_headers",
] as const;
export const PUBLIC_FIELDS = [
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
export type SecretField = (typeof SECRET_FIELDS)[number];
export type PublicField = (typeof PUBLIC_FIELDS)[number];
export type AuthField = SecretField | PublicField;
export type AuthPart = Partial<Pick<StartBody, AuthField | "auth_mode">>;
export type RefreshStrategy = "keycloak" | "bearer_endpoint" | "none";

export const AUTH_MODES: { value: AuthMode; label: string }[] = [
  { value: "none", label: "None" },
  { value: "bearer", label: "Bearer" },
  { value: "basic", label: "Basic" },
  { value: "api_key", label: "API key" },
  { value: "keycloak", label: "Keycloak" },
  { value: "bearer_endpoint", label: "Token endpoint" },
];

const KEYCLOAK_FIELDS: AuthField[] = ["auth_host", "auth_realm", "auth_client_id", "auth_client_secret"];
const ENDPOINT_FIELDS: AuthField[] = ["auth_refresh_endpoint", "auth_client_id", "auth_client_secret"];
const MAIN_FIELDS: Record<AuthMode, AuthField[]> = {
  none: [],
  bearer: ["auth_token"],
  basic: ["auth_basic_user", "auth_basic_pass"],
  api_key: ["auth_api_key", "auth_api_key_header"],
  keycloak: KEYCLOAK_FIELDS,
  bearer_endpoint: ENDPOINT_FIELDS,
};
const RESPONSE_FIELDS: AuthField[] = ["auth_token_path", "auth_expires_path"];
const REQUEST_FIELDS: AuthField[] = ["auth_basic_user", "auth_basic_pass", "auth_refresh_body", "auth_refresh_headers"];

/** Returns the strategies for refreshing the token of a mode. */
export function refreshStrategies(mode: AuthMode): { value: RefreshStrategy; label: string }[] {
  const never: { value: RefreshStrategy; label: string } = { value: "none", label: "Never" };
  if (mode === "keycloak" || mode === "bearer_endpoint") return [{ value: mode, label: "Before it expires" }, never];
  if (mode !== "bearer") return [];
  return [never, { value: "bearer_endpoint", label: "Token endpoint" }, { value: "keycloak", label: "Keycloak" }];
}

export function strategyOf(mode: AuthMode, chosen: string): RefreshStrategy {
  const available = refreshStrategies(mode);
  return available.find(({ value }) => value === chosen)?.value ?? available[0]?.value ?? "none";
}

/** Returns the fields that are always visible, and the fields behind "More token options". */
export function fieldsOf(mode: AuthMode, strategy: RefreshStrategy): { main: AuthField[]; more: AuthField[] } {
  const source = mode === "bearer" ? strategy : mode;
  const refreshFields: AuthField[] = strategy === "none" ? [] : ["auth_refresh_interval"];
  if (source === "keycloak")
    return { main: [...new Set([...MAIN_FIELDS[mode], ...KEYCLOAK_FIELDS])], more: refreshFields };
  if (source !== "bearer_endpoint") return { main: MAIN_FIELDS[mode], more: [] };
  const requestFields = mode === "bearer" ? REQUEST_FIELDS.slice(2) : REQUEST_FIELDS;
  return {
    main: [...new Set([...MAIN_FIELDS[mode], ...ENDPOINT_FIELDS])],
    more: [...requestFields, "auth_refresh_method", ...RESPONSE_FIELDS, ...refreshFields],
  };
}

export const isSecret = (field: AuthField): field is SecretField =>
  (SECRET_FIELDS as readonly string[]).includes(field);

/** Returns the fields of a request for the selected mode. An empty field keeps the setting of the server. */
export function authBody(mode: AuthMode, chosenStrategy: string, valueOf: (field: AuthField) => string): AuthPart {
  const strategy = strategyOf(mode, chosenStrategy);
  const { main, more } = fieldsOf(mode, strategy);
  const entries = [...main, ...more].map((name) => [name, valueOf(name)]);
  return {
    auth_mode: mode,
    ...(Object.fromEntries(entries.filter(([, value]) => value !== "")) as AuthPart),
    ...(chosenStrategy !== "" && refreshStrategies(mode).length > 0 ? { auth_refresh_strategy: strategy } : {}),
  };
}

interface FieldSpec {
  label: string;
  masked?: boolean;
  placeholder?: string;
  hint?: string;
  unit?: string;
}

export const FIELD_SPECS: Record<AuthField, FieldSpec> = {
  auth_token: { label: "Token", masked: true },
  auth_basic_user: { label: "User" },
  auth_basic_pass: { label: "Password", masked: true },
  auth_api_key: { label: "Key", masked: true },
  auth_api_key_header: { label: "Header" },
  auth_host: { label: "Keycloak URL", placeholder: "http://127.0.0.1:8080" },
  auth_realm: { label: "Realm" },
  auth_client_id: { label: "Client ID" },
  auth_client_secret: { label: "Client secret", masked: true },
  auth_refresh_strategy: { label: "Refresh" },
  auth_refresh_endpoint: {
    label: "Token endpoint",
    placeholder: "/auth/token",
    hint: "URL, or path relative to the base URL",
  },
  auth_refresh_interval: { label: "Refresh interval", unit: "s", placeholder: "60% of the lifetime" },
  auth_refresh_method: { label: "Method", placeholder: "POST" },
  auth_refresh_body: {
    label: "Request body",
    masked: true,
    hint: "JSON or form data; default: client credentials",
  },
  auth_refresh_headers: { label: "Extra header", masked: true, hint: "Name: value" },
  auth_token_path: { label: "Token path in the response", placeholder: "access_token, token" },
  auth_expires_path: { label: "Lifetime path in the response", placeholder: "expires_in" },
};
