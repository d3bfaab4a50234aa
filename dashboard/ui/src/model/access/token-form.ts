/** The form of a new token, and the limits of a token as text. */
import type { NewToken, Role, Token } from "../../api/types";

export const EXPIRES = [
  { value: "7d", label: "7 days" },
  { value: "30d", label: "30 days" },
  { value: "90d", label: "90 days" },
  { value: "365d", label: "1 year" },
  { value: "never", label: "Never" },
] as const;

export interface TokenForm {
  name: string;
  role: Role;
  expires: string;
  /** Comma-separated. */
  targets: string;
  environments: string;
  /** A number, or empty without a limit. */
  maxVus: string;
  maxRate: string;
}

export const EMPTY_FORM: TokenForm = {
  name: "",
  role: "runner",
  expires: "90d",
  targets: "",
  environments: "",
  maxVus: "",
  maxRate: "",
};

const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** The body of POST /tokens. */
export function bodyOf(form: TokenForm): NewToken {
  const body: NewToken = { name: form.name.trim(), role: form.role, expires: form.expires };
  if (listOf(form.targets).length > 0) body.targets = listOf(form.targets);
  if (listOf(form.environments).length > 0) body.environments = listOf(form.environments);
  if (form.maxVus.trim() !== "") body.max_vus = Number(form.maxVus);
  if (form.maxRate.trim() !== "") body.max_rate = Number(form.maxRate);
  return body;
}

/** "*.example, 127.0.0.1 · stage · at most 200 VUs"; empty without limits. */
export function limitsText({ targets, environments, max_vus, max_rate }: Token): string {
  const parts = [
    targets.join(", "),
    environments.join(", "),
    max_vus === null ? "" : `at most ${String(max_vus)} VUs`,
    max_rate === null ? "" : `at most ${String(max_rate)} per second`,
  ];
  return parts.filter((part) => part !== "").join(" · ");
}
