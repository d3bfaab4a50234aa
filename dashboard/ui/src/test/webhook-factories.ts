/** Webhooks for tests. */
import type { Delivery, ReceiverKind, Webhook } from "../api/types";

export const aWebhook = (changes: Partial<Webhook> = {}): Webhook => ({
  webhook_id: "wh_abcdefghijkl",
  name: "ci",
  integration: "webhook",
  url: "http://127.0.0.1:9000/hook",
  hides_url: false,
  events: ["run.finished"],
  filters: { profiles: [], env_profiles: [], verdicts: [], tags: [], meta: {} },
  options: {},
  header_names: [],
  is_signed: false,
  has_token: false,
  enabled: true,
  disabled_reason: null,
  created_at: "2026-11-21T10:15:00.000Z",
  changed_at: "2026-11-21T10:15:00.000Z",
  changed_by: "ann",
  deliveries: { pending: 0, delivered: 0, dead: 0, skipped: 0 },
  ...changes,
});

export const aKind = (changes: Partial<ReceiverKind> = {}): ReceiverKind => ({
  name: "webhook",
  title: "Webhook (JSON)",
  url_hint: "http://127.0.0.1:9000/hook",
  accepts: ["run.started", "run.finished", "run.failed"],
  default_events: ["run.finished"],
  hides_url: false,
  takes_token: false,
  options: [],
  ...changes,
});

export const aDelivery = (changes: Partial<Delivery> = {}): Delivery => ({
  number: 1,
  event_id: "evt_1",
  event: "run.finished",
  run_id: "20261121-101500-abcdefgh",
  at: "2026-11-21T10:15:00.000Z",
  state: "dead",
  attempts: 3,
  next_at: null,
  ended_at: "2026-11-21T10:16:00.000Z",
  status: 500,
  answer: "oops",
  error: "the receiver answered 500",
  ...changes,
});
