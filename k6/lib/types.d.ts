// Shapes that several modules share. For type checking only: k6 never loads this file.

import type { Options } from 'k6/options';

export type Env = Record<string, string | undefined>;
export type Phase = '' | 'setup' | 'teardown';
/** The results of the setup, as [key, value] pairs. */
export type Data = [string, any][];

// Templates

/** A key of the data, or a column of a data file, without which a request is not sent. */
export interface Need {
  /** The spelling in the document. */
  text: string;
  key?: string;
  path?: string[];
  column?: string;
  /** The position of the column in a row. */
  index?: number;
  /** An empty string counts as missing too. */
  isNonEmpty?: boolean;
}

/** Makes a value. `plain`: always a number, or always a text that needs no escapes in JSON. */
export type Maker = ((scope: Scope | null) => any) & { plain?: 'number' | 'text' };
export type ReadEnv = (name: string, field: string) => string;

export interface Template {
  parts: (string | Maker)[];
  needs: Need[];
  /** The whole text if it contains no expression. */
  fixed: string | null;
}

export interface ValueTemplate {
  needs: Need[];
  isFixed: boolean;
  make: Maker;
  /** The JSON of the value in pieces; null if a value needs escapes. */
  pieces: (string | Maker)[] | null;
}

export type Members = [string, { make: Maker }][];

export interface Variables {
  members: Members;
  needs: Need[];
  isFixed: boolean;
}

// The document

export interface CompileContext {
  env: ReadEnv;
  /** The boundary of multipart bodies. */
  boundary: string;
  dataFile: DescribeDataFile;
  /** The settings of each data file by its name. */
  dataUses: Record<string, DataUse>;
  network: Network;
}

export interface Network {
  timeoutMs: number | null;
  redirects: number | null;
  options: Pick<Options, 'insecureSkipTLSVerify' | 'noConnectionReuse' | 'hosts'>;
}

export interface Payload {
  contentType: string | null;
  needs: Need[];
  /** The finished body if it contains no template. */
  fixed: any;
  make: Maker;
}

export type Reads = '' | 'body' | 'json';

export interface Check {
  label: string;
  reads: Reads;
  passes: (response: Response, json?: any) => boolean;
  /** It compares the status with the expected one. */
  isStatus: boolean;
  /** A response with an expected status that fails the check counts as an error. */
  isError: boolean;
}

/** A value to extract. As a check, it passes if the response contains the value. */
export interface Extraction extends Check {
  key: string;
  isSecret: boolean;
  read: (response: Response, json?: any) => any;
}

export interface StepResult {
  key: string;
  path: string[];
  text: string;
  isSecret: boolean;
}

export interface Endpoint {
  phase: Phase;
  name: string;
  group: string;
  method: string;
  path: Template;
  headers: [string, Template][];
  query: Members;
  payload: Payload | null;
  /** Needs that identify the resource: path, body and `requires`, but not headers. */
  identifyingNeeds: Need[];
  needs: Need[];
  data: DataUse | null;
  columns: Need[];
  /** Columns in the path, which must not be empty. */
  nonEmptyColumns: Need[];
  timeoutMs: number | null;
  redirects: number | null;
  checks: Check[];
  expectedStatus: number | undefined;
  extract: Extraction[];
  weight: number;
  result: StepResult | null;
}

export interface Scenario {
  name: string;
  weight: number;
  /** A missing value does not end the iteration. */
  continuesOnFailure: boolean;
  steps: ScenarioStep[];
}

/** A step of one endpoint, or of one that is chosen from `members` by weight. Both are positions among the endpoints. */
export type ScenarioStep =
  | { pauseMs: number; endpoint: number; members?: undefined; classes?: undefined }
  | { pauseMs: number; endpoint?: undefined; members: number[]; classes: WeightClass[] };

/** A number of items with the same weight. */
export interface WeightClass {
  weight: number;
  count: number;
}

/**
 * The document in JSON texts, of which k6 keeps a single copy for all users. Endpoints and scenarios are sorted by
 * weight.
 */
export interface SharedTexts {
  /** The settings, the setup, the teardown and the SLOs. */
  parts: string[];
  endpoints: string[];
  scenarios: string[];
}

export interface SharedSettings {
  network: Network;
  pacingMs: number;
  secretKeys: string[];
  dataUses: Record<string, DataUse>;
  endpointClasses: WeightClass[];
  scenarioClasses: WeightClass[];
}

/** A document whose requests are compiled when a user first needs them. */
export interface LazyDocument {
  options: Network['options'];
  pacingMs: number;
  /** Keys of the data whose values are never shown. */
  secretKeys: Set<string>;
  dataFiles: string[];
  endpointClasses: WeightClass[];
  scenarioClasses: WeightClass[];
  endpointAt: (position: number) => Endpoint;
  scenarioAt: (position: number) => Scenario;
  endpointNames: () => { name: string; group: string }[];
  /** All endpoints, and all scenarios, in the order of the document. */
  allEndpoints: () => Endpoint[];
  allScenarios: () => Scenario[];
  hasSetup: boolean;
  setup: () => Endpoint[];
  teardown: () => Endpoint[];
  slos: () => import('./document/thresholds.js').DocumentSlos;
}

// Data files

export type RowMode = 'vu' | 'random' | 'order' | 'unique';
export type DescribeDataFile = (
  name: string,
  field: string,
) => { columns: string[]; rows?: number; at?: (index: number) => string[] };
/** Returns null if no row is left. */
export type NextRow = () => string[] | null;

export interface DataUse {
  name: string;
  mode: RowMode;
  end: 'stop' | 'cycle' | null;
  isInEveryIteration: boolean;
}

export interface RowContext {
  user: () => number;
  users: () => number;
  iteration: () => number;
  random: () => number;
}

// Authentication and the control channel

export interface Auth {
  headers: [string, string][];
  tokens: Tokens | null;
}

/** The tokens of a run. The newest one is written into all attached headers. */
export interface Tokens {
  /** Counts the tokens; 0 before the first. */
  number: number;
  /** Whether refresh() must be awaited before the next request or iteration. */
  isDue: (now: number) => boolean;
  refresh: () => Promise<void>;
  /** Called after a 401: gets a token with a higher number than `number`, and returns whether there is one. */
  replace: (number: number) => Promise<boolean>;
  attach: (headers: Record<string, any>) => void;
}

export interface TokenRequest {
  request: (token: string) => { method: string; url: string; body: string | null; headers: Record<string, string> };
  /** '' for the default paths. */
  tokenPath: string;
  expiresPath: string;
  /** The refresh interval; null to derive it from the token's lifetime. */
  intervalS: number | null;
}

export interface Secrets {
  values: string[];
  /** Lowercase names of headers that contain a secret. */
  headers: string[];
}

export interface ControlState {
  isPaused: boolean;
  /** The desired number of users; null for the planned number. */
  users: number | null;
  /** The desired share of the planned load; null for the whole load. */
  share: number | null;
  tokenNumber: number;
  periodMs: number;
  /** Above 0 while a stop drains the run. */
  drainId: number;
  /** When the runner wrote the first state. */
  nowMs?: number;
}

export interface ControlChannel {
  state: () => ControlState | null;
  nextPollAt: () => number;
  get: (key: string) => Promise<string>;
  delayMs: () => number;
  isDue: (now: number) => boolean;
  poll: () => Promise<void>;
}

// The load

export interface SteerableLoad {
  users?: number;
  usersBefore?: number;
  isArrivalRate?: boolean;
}

/** Functions that record when the load starts and ends. */
export interface LoadMarks {
  start: () => void;
  end: () => void;
}

/** Encrypted results of the setup, in Base64. */
export interface SealedData {
  iv: string;
  sealed: string;
}

export type Iteration = (data: Data, mayStart?: boolean) => any;

export interface Control {
  from: number;
  until: number;
  begin: (data: Data, now: number, iteration: Iteration) => any;
}

// Requests

/** A request or response as k6 provides it, as far as the scripts use it. */
export interface ReportedResponse {
  status: number;
  error: string;
  headers: Record<string, string>;
  body: string | null;
  timings: { duration: number; blocked: number; connecting: number; tls_handshaking: number };
  request: { method: string; url: string; headers: Record<string, string | string[]>; body: string | null };
}

export interface Response extends ReportedResponse {
  /** After redirects: the last one. */
  url: string;
  error_code: number;
}

/** A cookie that k6's jar would drop or change. */
export interface KeptCookie {
  name: string;
  value: string;
  /** k6's own jar keeps it. */
  isOrdinary: boolean;
  domain: string;
  /** It is not sent to subdomains. */
  isHostOnly: boolean;
  path: string;
  isSecure: boolean;
  expiresAt: number;
}

export interface Scope {
  data: Map<string, any>;
  rows: Map<NextRow, string[] | null>;
  row: string[] | null;
  /** The key of a value that a response of this iteration did not contain. */
  missingKey: string | null;
  now: () => number;
  random: () => number;
  uuid: () => string;
}

/** send() returns this object for a request that has to wait; `promise` resolves to its response. */
export interface Pending {
  promise: Promise<any> | null;
}

export type Send = (scope: Scope) => Response | Pending | null;
export type Prepare = (endpoint: Endpoint) => (scope: Scope) => any;

/** What is common to all requests of a run. */
export interface Run {
  baseUrl: string;
  gate: import('./send/gate.js').Gate;
  auth: Auth;
  /** Also record checks with k6's own check(). */
  useK6Checks: boolean;
  secrets: Secrets;
  secretKeys: Set<string>;
  rowSource: (data: DataUse) => NextRow;
  /** A user has a current token before each iteration, so requests need not check. */
  hasTokenPerIteration: boolean;
  pending: Pending;
  /** Null if single requests are not reported. */
  observe: Observe | null;
}

// Reports

export interface CheckResult {
  check: string;
  pass: boolean;
}

export interface ExchangeFacts {
  op: string;
  group: string;
  phase: Phase;
  at_ms: number;
  /** Null in the setup and teardown. */
  vu: number | null;
  iteration: number | null;
  expected: boolean;
  checks: CheckResult[];
}

export interface Observer {
  /** onResponse is called for all responses, not only for failures. */
  observesAll: boolean;
  /** The number of further requests for which beforeRequest and afterResponse are called. */
  bodiesToKeep: number;
  beforeRequest?: () => void;
  afterResponse?: (response: Response) => void;
  onSend?: () => void;
  onSkip?: (reason: string) => void;
  onResponse: (response: Response, scope: Scope, checkResults: () => CheckResult[]) => void;
}

export type Observe = (endpoint: Endpoint, params: any) => Observer;

export type DryRunObserver = Observe & {
  /** Reports a request that is not sent: `kind` is excluded for one that no load test sends either. */
  leaveOut: (endpoint: Endpoint, kind: 'excluded' | 'skipped' | 'thrown', reason: string) => void;
  setPosition: (part: 'endpoint' | 'scenario', scenario: string | null, step: number | null) => void;
};
