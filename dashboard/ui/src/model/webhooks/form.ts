/** The form of a webhook, and a webhook as text. */
import type { Delivery, ReceiverKind, Webhook, WebhookBody } from "../../api/types";

type EventName = Webhook["events"][number];
type Verdict = Webhook["filters"]["verdicts"][number];

export const EVENT_TEXT: Record<EventName, string> = {
  "run.started": "Run started",
  "run.finished": "Run finished",
  "run.failed": "Run failed",
  "run.stopped": "Run stopped",
  "run.invalid": "Run invalid",
  "slo.breached": "SLO breached",
  "baseline.changed": "Baseline changed",
};
export const VERDICTS = ["pass", "fail", "none", "unknown", "invalid"] as const;

export interface WebhookForm {
  name: string;
  integration: string;
  url: string;
  events: EventName[];
  options: Record<string, string>;
  /** Comma-separated; `meta` as key=value. */
  profiles: string;
  environments: string;
  tags: string;
  meta: string;
  verdicts: Verdict[];
  /** Secrets are empty unless a new one was typed. `headers`: one Name: value per line. */
  secret: string;
  token: string;
  headers: string;
  /** Stored secrets that are to be removed. */
  removed: ("secret" | "token" | "headers")[];
  enabled: boolean;
}

export function emptyForm(kind: ReceiverKind): WebhookForm {
  return {
    name: "",
    integration: kind.name,
    url: "",
    events: [...kind.default_events],
    options: {},
    profiles: "",
    environments: "",
    tags: "",
    meta: "",
    verdicts: [],
    secret: "",
    token: "",
    headers: "",
    removed: [],
    enabled: true,
  };
}

export function formOf({ name, integration, url, events, options, filters, enabled }: Webhook): WebhookForm {
  return {
    name,
    integration,
    url,
    events: [...events],
    options: { ...options },
    profiles: filters.profiles.join(", "),
    environments: filters.env_profiles.join(", "),
    tags: filters.tags.join(", "),
    meta: Object.entries(filters.meta)
      .map(([key, value]) => `${key}=${value}`)
      .join(", "),
    verdicts: [...filters.verdicts],
    secret: "",
    token: "",
    headers: "",
    removed: [],
    enabled,
  };
}

const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** The entries "key=value" of a text. A part without a separator is a key without a value. */
function pairsOf(parts: string[], separator: string): Record<string, string> {
  const pair = (part: string) => {
    const at = part.indexOf(separator);
    return at < 0 ? [part, ""] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  };
  return Object.fromEntries(parts.map(pair)) as Record<string, string>;
}

/** The body of POST /webhooks and PUT /webhooks/<id>. Secrets that were not typed are left out, so they stay. */
export function bodyOf(form: WebhookForm): WebhookBody {
  const body: WebhookBody = {
    name: form.name.trim(),
    url: form.url.trim(),
    integration: form.integration,
    events: form.events,
    options: form.options,
    enabled: form.enabled,
    filters: {
      profiles: listOf(form.profiles),
      env_profiles: listOf(form.environments),
      verdicts: form.verdicts,
      tags: listOf(form.tags),
      meta: pairsOf(listOf(form.meta), "="),
    },
  };
  for (const name of form.removed) body[name] = null;
  if (form.secret !== "") body.secret = form.secret;
  if (form.token !== "") body.token = form.token;
  const lines = form.headers.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > 0) body.headers = pairsOf(lines, ":");
  return body;
}

/** Whether the form has filters, so that they are shown open. */
export const hasFilters = (form: WebhookForm): boolean =>
  [form.profiles, form.environments, form.tags, form.meta].some((text) => text !== "") || form.verdicts.length > 0;

/** "smoke, ramp · fail": the runs that a webhook is about; empty for all. */
export function filterText({ filters }: Pick<Webhook, "filters">): string {
  const meta = Object.entries(filters.meta).map(([key, value]) => `${key}=${value}`);
  const parts = [filters.profiles, filters.env_profiles, filters.verdicts, filters.tags, meta];
  return parts
    .filter((values) => values.length > 0)
    .map((values) => values.join(", "))
    .join(" · ");
}

/** How a delivery ended, or why it waits: "204", "500: the receiver answered 500". */
export function resultText({ status, error, answer }: Pick<Delivery, "status" | "error" | "answer">): string {
  const reason = error ?? (status === null ? "not attempted yet" : `answered ${String(status)}`);
  return answer ? `${reason}: ${answer}` : reason;
}
