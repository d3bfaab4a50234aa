/** The replica in InfluxDB. */
import { request } from "./client";
import type { ReplicaStatus, Retried } from "./types";

export const getReplica = () => request<ReplicaStatus>("/influx/status");

export const retryParked = () => request<Retried>("/influx/retry", { method: "POST", body: {} });
