/** Short names of the schemas of the OpenAPI document. */
import type { components } from "./types.gen";

type Shapes = components["schemas"];

export type RunRecord = Shapes["RunRecord"];
export type RunDetail = Shapes["RunDetailAnswer"];
export type RunState = Shapes["LiveRunShape"];
export type RunStatus = RunRecord["status"];
export type Verdict = NonNullable<RunRecord["verdict"]>;
export type RunStatusAnswer = Shapes["RunStatusAnswer"];
export type RunConfig = Shapes["RunConfigAnswer"];
export type ProfileName = RunConfig["profile"];
export type AuthMode = RunConfig["auth_mode"];
export type Plan = Shapes["PlanAnswer"];
export type PlanPoint = Shapes["PlanPointShape"];
export type PlanUnit = Plan["unit"];
export type Snapshot = Shapes["SnapshotShape"];
export type SnapshotColumns = Record<string, (number | null)[]>;
export type Breakdown = Shapes["BreakdownShape"];
export type Figures = Shapes["FiguresShape"];
export type Totals = Shapes["TotalsShape"];
export type Op = Shapes["OpShape"];
export type OpBreakdown = Shapes["OpBreakdownAnswer"];
export type OpPoint = Shapes["OpPointShape"];
export type Group = Shapes["GroupShape"];
export type Bucket = Shapes["BucketShape"];
export type Distribution = Shapes["DistributionShape"];
export type Slo = Shapes["SloRowShape"];
export type SloAnswer = Shapes["SloAnswer"];
export type SloCheck = Shapes["SloCheckShape"];
export type SloConfig = Shapes["SloConfigAnswer"];
export type SloChange = Partial<Shapes["SloConfigBody"]>;
export type RunEvent = Shapes["EventShape"];
export type RangeAnswer = Shapes["WindowAnswer"];
export type Health = Shapes["HealthAnswer"];
export type BadgeLink = Shapes["BadgeLinkAnswer"];
export type Baseline = Shapes["BaselineAnswer"];
export type Pin = Shapes["BaselineShape"];
export type Diff = Shapes["DiffAnswer"];
export type BaselineComparison = Shapes["BaselineComparisonAnswer"];
export type Judgment = Shapes["JudgmentShape"];
export type DiffSide = Shapes["SideShape"];
export type Difference = Shapes["DifferenceShape"];
export type OpDifference = Shapes["OpDifferenceShape"];
export type AnnotationAnswer = Shapes["AnnotateAnswer"];
export type Choices = Shapes["ChoicesAnswer"];
export type TrendPoint = Shapes["TrendPointShape"];
export type Heatmap = Shapes["HeatmapAnswer"];
export type Day = Shapes["DayShape"];
export type LogEntry = Shapes["LogEntry"];
export type LogPage = Shapes["LogPage"];
export type Exchange = Shapes["Exchange"];
export type FailureGroup = Shapes["FailureGroup"];
export type DryRunEntry = Shapes["DryRunEntry"];
export type DryRun = Shapes["DryRunAnswer"];
export type DryRunStartAnswer = Shapes["DryRunStartAnswer"];
export type StartAnswer = Shapes["StartAnswer"];
export type RefreshTokenAnswer = Shapes["RefreshTokenAnswer"];
export type ControlAnswer = Shapes["ControlAnswer"];
export type Control = Shapes["ControlShape"];
export type StopAnswer = Shapes["StopAnswer"];
export type Connection = Shapes["ConnectionAnswer"];
export type Demo = Shapes["DemoAnswer"];
export type DataFile = Shapes["DataFileShape"];
export type DataFileDetail = Shapes["DataFileDetail"];
export type ReplicaStatus = Shapes["ReplicaStatusAnswer"];
export type RemoteRun = Shapes["RemoteRunShape"];
export type RetryAnswer = Shapes["RetryAnswer"];
export type Setting = Shapes["SettingShape"];
export type Session = Shapes["SessionAnswer"];
export type Role = Session["role"];
export type Token = Shapes["TokenShape"];
export type AuditEntry = Shapes["AuditEntryShape"];
export type CreatedToken = Shapes["CreatedTokenAnswer"];
export type Webhook = Shapes["WebhookShape"];
export type WebhookTest = Shapes["WebhookTestAnswer"];
export type Delivery = Shapes["DeliveryShape"];
export type ReceiverKind = Shapes["ReceiverKind"];
export type Discovered = Shapes["DiscoveredShape"];
export type Candidate = Shapes["CandidateShape"];
export type Remark = Shapes["RemarkShape"];
export type ScanAttempt = Shapes["ScanAttemptShape"];
export type ScanAnswer = Shapes["ScanAnswer"];
export type Problem = Partial<Shapes["Problem"]>;

/** Request bodies: all fields except the required ones are optional. */
export type PlanBody = Partial<Shapes["PlanBody"]> & Pick<Shapes["PlanBody"], "profile">;
export type StartBody = Partial<Shapes["StartBody"]> & Pick<Shapes["StartBody"], "profile">;
export type ControlBody = Partial<Shapes["ControlBody"]>;
export type ConnectionBody = Partial<Shapes["TestConnectionBody"]> & Pick<Shapes["TestConnectionBody"], "base_url">;
export type NewToken = Partial<Shapes["CreateTokenBody"]> & Pick<Shapes["CreateTokenBody"], "name" | "role">;
export type WebhookBody = Partial<Omit<Shapes["WebhookBody"], "headers">> &
  Pick<Shapes["WebhookBody"], "name"> & { headers?: Record<string, string> | null };
export type DryRunBody = Partial<Shapes["DryBody"]>;

/** The form field `choices` of `POST /discover/document`, as JSON. */
export interface ImportChoices {
  values?: Record<string, string>;
  hosts?: string[];
}

export interface FieldChange {
  field: string;
  old: unknown;
  new: unknown;
}

interface NamedEntry {
  list: string;
  name: string;
}

export interface DocumentDifference {
  added: NamedEntry[];
  changed: (NamedEntry & { old_name: string; fields: FieldChange[] })[];
  removed: NamedEntry[];
  settings: FieldChange[];
}

/** What an operation of the source is to the file. */
export interface OperationMerge {
  key: string;
  name: string;
  status: "new" | "same" | "matched" | "changed" | "edited" | "conflict" | "deleted" | "gone";
}

/** Body of `POST /endpoints/preview` and `POST /endpoints/save`. */
export interface EndpointsSave {
  mode: "merge" | "replace";
  endpoints: readonly object[];
  setup: readonly object[];
  teardown: readonly object[];
  scenarios: readonly object[];
  service: string | null;
  source: object | null;
  duplicates: "rename" | "replace";
  remove_gone: boolean;
}

export interface EndpointsSaved {
  sha256: string;
  version: number | null;
  difference: DocumentDifference;
  renames: { old: string; new: string; reason: string }[];
  dropped: string[];
  warnings: string[];
  endpoints_count: number;
}

export interface EndpointsPreview extends Omit<EndpointsSaved, "sha256" | "version"> {
  sha256: string | null;
  can_write: boolean;
  write_problem: string | null;
  operations: OperationMerge[];
  violations: { field: string; message: string; name: string | null }[];
}

export interface EndpointsVersion {
  number: number;
  at: string;
  who: string | null;
  action: "save" | "slos" | "restore" | "outside";
  source: string | null;
  endpoints: number | null;
  is_current: boolean;
  /** Only of a single version. */
  difference?: DocumentDifference;
}

export interface EndpointsVersions {
  versions: EndpointsVersion[];
  sha256: string | null;
}

/** Query parameters of `GET /runs`. */
export interface RunFilters {
  status?: string;
  profile?: string;
  verdict?: string;
  search?: string;
  since?: string;
  until?: string;
  env_profile?: string;
  label?: string;
  target?: string;
  tag?: string;
  meta?: string;
  sort?: string;
}

/** A selected time span of a run, in seconds after its start. */
export interface Range {
  from_s: number;
  to_s: number;
}
