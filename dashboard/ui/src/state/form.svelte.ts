/** What was typed on Execute. It outlives tab changes, reloads and failed starts; secrets live in memory only. */
import type { AuthMode, ConnectionBody, PlanBody, ProfileName, RunConfig, RunDetail, StartBody } from "../api/types";
import { type Custom, NEW_CUSTOM, bodyOf, customOf } from "../model/custom";
import { type Load, LOAD_FIELDS, type LoadField, NO_LOAD, loadOf } from "../model/parameters";
import { read, write } from "./stored";

const KEY = "execute";

interface Kept {
  profile: ProfileName | null;
  baseUrl: string;
  authMode: AuthMode | null;
  apiKeyHeader: string;
  label: string;
  loads: Partial<Record<ProfileName, Load>>;
  custom: Custom;
}

const EMPTY: Kept = { profile: null, baseUrl: "", authMode: null, apiKeyHeader: "", label: "", loads: {}, custom: NEW_CUSTOM };

export const SECRETS = ["auth_token", "auth_basic_user", "auth_basic_pass", "auth_api_key"] as const;
export type Secret = (typeof SECRETS)[number];
type AuthPart = Partial<Pick<StartBody, Secret | "auth_mode" | "auth_api_key_header">>;
const USED: Record<AuthMode, readonly Secret[]> = {
  none: [],
  bearer: ["auth_token"],
  basic: ["auth_basic_user", "auth_basic_pass"],
  api_key: ["auth_api_key"],
};

export class Form {
  kept = $state<Kept>({ ...EMPTY, ...(read(() => sessionStorage, KEY) as Partial<Kept> | null) });
  secrets = $state<Record<Secret, string>>({ auth_token: "", auth_basic_user: "", auth_basic_pass: "", auth_api_key: "" });
  /** Messages of the last answer, by field. */
  errors = $state.raw<ReadonlyMap<string, string>>(new Map());

  save(): void {
    write(() => sessionStorage, KEY, $state.snapshot(this.kept));
  }

  profile(config: RunConfig): ProfileName {
    return this.kept.profile ?? config.profile;
  }

  authMode(config: RunConfig): AuthMode {
    return this.kept.authMode ?? config.auth_mode;
  }

  /** The load typed for a profile: one profile's numbers say nothing about another's. */
  load(profile: ProfileName): Load {
    return { ...NO_LOAD, ...this.kept.loads[profile] };
  }

  setLoad(profile: ProfileName, field: keyof Load, value: string): void {
    this.kept.loads[profile] = { ...this.load(profile), [field]: value };
  }

  /** The same run once more. Secrets are not kept with runs: they are typed again, or come from the settings. */
  fill({ run, variables, auth_mode }: RunDetail): void {
    const profile = run.profile as ProfileName;
    this.kept.profile = profile;
    this.kept.baseUrl = run.base_url;
    this.kept.label = run.label ?? "";
    this.kept.authMode = auth_mode as AuthMode;
    this.kept.loads[profile] = loadOf(profile, variables);
    if (profile === "custom") this.kept.custom = customOf(variables);
    this.errors = new Map();
    this.save();
  }

  /** The fields that mean something for what is chosen. */
  loadFields(config: RunConfig): LoadField[] {
    const profile = this.profile(config);
    const uses = config.profiles.find(({ name }) => name === profile)?.uses ?? [];
    const shaped = profile === "custom" && this.kept.custom.kind !== "rate"; // the users are those of the curve
    return LOAD_FIELDS.filter((field) => uses.includes(field) && !shaped);
  }

  planBody(config: RunConfig): PlanBody {
    const profile = this.profile(config);
    const typed = this.load(profile);
    const body: Record<string, unknown> = { profile, ...(profile === "custom" ? bodyOf(this.kept.custom) : {}) };
    for (const field of this.loadFields(config)) {
      const value = typed[field].trim();
      if (value) body[field] = value;
    }
    if (this.kept.baseUrl.trim()) body["base_url"] = this.kept.baseUrl.trim();
    return body as PlanBody;
  }

  startBody(config: RunConfig, extra: Partial<StartBody>): StartBody {
    const label = this.kept.label.trim();
    return { ...this.planBody(config), ...this.#auth(config), ...(label ? { label } : {}), ...extra };
  }

  connectionBody(config: RunConfig): ConnectionBody {
    return { ...this.#auth(config), base_url: this.kept.baseUrl.trim() || config.base_url };
  }

  /** Only the chosen mode's fields; an empty one leaves the setting in force. */
  #auth(config: RunConfig): AuthPart {
    const mode = this.authMode(config);
    const typed = USED[mode].filter((name) => this.secrets[name] !== "").map((name) => [name, this.secrets[name]]);
    const header = this.kept.apiKeyHeader.trim();
    return {
      auth_mode: mode,
      ...(Object.fromEntries(typed) as AuthPart),
      ...(mode === "api_key" && header ? { auth_api_key_header: header } : {}),
    };
  }
}

export const form = new Form();
