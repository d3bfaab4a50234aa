/** Webhooks and their deliveries. */
import { urlOf } from "./base-path";
import { type Page, request, requestPage } from "./client";
import type { Delivery, ReceiverKind, Webhook, WebhookBody, WebhookTest } from "./types";

export const listWebhooks = (signal?: AbortSignal) => request<Webhook[]>("/webhooks", { signal });

export const listReceiverKinds = (signal?: AbortSignal) =>
  request<ReceiverKind[]>("/webhooks/integrations", { signal });

export const createWebhook = (body: WebhookBody) => request<Webhook>("/webhooks", { method: "POST", body });

export const replaceWebhook = (id: string, body: WebhookBody) =>
  request<Webhook>(`/webhooks/${id}`, { method: "PUT", body });

export const deleteWebhook = (id: string) => request<null>(`/webhooks/${id}`, { method: "DELETE" });

export const testWebhook = (id: string) => request<WebhookTest>(`/webhooks/${id}/test`, { method: "POST" });

/** A page of the deliveries of a webhook, newest first. `next` comes from the previous page. */
export const listDeliveries = (
  id: string,
  state: string,
  next: Record<string, string>,
  signal?: AbortSignal,
): Promise<Page<Delivery>> =>
  requestPage<Delivery>(`/webhooks/${id}/deliveries`, { query: { ...next, state, limit: 20 }, signal });

export const resendDelivery = (id: string, number: number) =>
  request<Delivery>(`/webhooks/${id}/deliveries/${String(number)}/resend`, { method: "POST" });

/** All webhooks without their secrets. */
export const WEBHOOKS_EXPORT = urlOf("/webhooks/export");
