/** The replica in InfluxDB. */
import { request } from "./client";
import type { RemoteRun, ReplicaStatus, RetryAnswer } from "./types";

export const getReplica = () => request<ReplicaStatus>("/influx/status");

export const getRemoteRuns = () => request<RemoteRun[]>("/influx/remote-runs");

export const retryRejected = () => request<RetryAnswer>("/influx/retry", { method: "POST", body: {} });
