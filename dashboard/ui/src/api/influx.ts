/** The replica in InfluxDB. */
import { request } from "./client";
import type { ElsewhereRun, ReplicaStatus, Retried } from "./types";

export const getReplica = () => request<ReplicaStatus>("/influx/status");

export const getElsewhere = () => request<ElsewhereRun[]>("/influx/elsewhere");

export const retryParked = () => request<Retried>("/influx/retry", { method: "POST", body: {} });
