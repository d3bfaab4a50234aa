/** The start form. Values survive tab changes, reloads and failed starts; secrets are kept in memory only. */
import type {
  AuthMode,
  ConnectionBody,
  DryRunBody,
  Plan,
  PlanBody,
  ProfileName,
  RunConfig,
  RunDetail,
  StartBody,
} from "../api/types";
import {
  type AuthField,
  authBody,
  isSecret,
  PUBLIC_FIELDS,
  SECRET_FIELDS,
  type SecretField,
  type RefreshStrategy,
  strategyOf,
} from "../model/start/authentication";
import { customLoadBody, customLoadOf } from "../model/start/custom-load";
import { NO_NETWORK_SECRETS, type NetworkSecrets, networkBody, networkOf } from "../model/start/network";
import { type Load, LOAD_FIELDS, type LoadField, NO_LOAD, loadOf } from "../model/start/load-parameters";
import { isPlanField, valueAt } from "../model/start/field-labels";
import { type FormValues, formValuesOf } from "../model/start/form-values";
import { read, write } from "./stored";

const STORAGE_KEY = "execute";

const NO_SECRETS = Object.fromEntries(SECRET_FIELDS.map((name) => [name, ""])) as Record<SecretField, string>;

export class Form {
  values = $state(formValuesOf(read(() => sessionStorage, STORAGE_KEY) as Partial<FormValues> | null));
  secrets = $state<Record<SecretField, string>>({ ...NO_SECRETS });
  networkSecrets = $state<NetworkSecrets>({ ...NO_NETWORK_SECRETS });
  /** Field errors of the last response. */
  errors = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** The request that was rejected with `errors`. */
  #rejected: object = {};
  #saved = JSON.stringify(this.values);

  /** Stores the values if they have changed. A page's first write waits for the disk and would delay painting. */
  save(): void {
    const values = $state.snapshot(this.values);
    const text = JSON.stringify(values);
    if (text === this.#saved) return;
    write(() => sessionStorage, STORAGE_KEY, values);
    this.#saved = text;
  }

  profile(config: RunConfig): ProfileName {
    return this.values.profile ?? config.profile;
  }

  /** Selects a profile and clears the label, which described the previous run. */
  choose(profile: ProfileName): void {
    this.values.profile = profile;
    this.values.label = "";
  }

  baseUrl(config: RunConfig): string {
    return this.values.baseUrl ?? config.base_url;
  }

  /** Shows the errors of a rejected request at its fields. */
  reject(errors: ReadonlyMap<string, string>, request: object): void {
    this.errors = errors;
    this.#rejected = request;
  }

  /** Shows the errors of the plan. The plan checks only the load, so other errors stay until their fields change. */
  showPlanErrors(errors: ReadonlyMap<string, string>, config: RunConfig): void {
    const request = this.startBody(config, {});
    const isSame = (name: string) => valueAt(this.#rejected, name) === valueAt(request, name);
    const others = [...this.errors].filter(([name]) => !isPlanField(name) && isSame(name));
    this.errors = new Map([...errors, ...others]);
  }

  authMode(config: RunConfig): AuthMode {
    return this.values.authMode ?? config.auth_mode;
  }

  strategy(config: RunConfig): RefreshStrategy {
    return strategyOf(this.authMode(config), this.values.auth.auth_refresh_strategy ?? "");
  }

  authValue(field: AuthField): string {
    return isSecret(field) ? this.secrets[field] : (this.values.auth[field] ?? "");
  }

  setAuth(field: AuthField, value: string): void {
    if (isSecret(field)) this.secrets[field] = value;
    else this.values.auth[field] = value;
  }

  /** Each profile has its own load parameters. */
  load(profile: ProfileName): Load {
    return { ...NO_LOAD, ...this.values.loads[profile] };
  }

  setLoad(profile: ProfileName, field: keyof Load, value: string | null): void {
    this.values.loads[profile] = { ...this.load(profile), [field]: value };
  }

  /** Fills the form with the parameters of a run. Secrets are not stored with runs. */
  fill({ run, variables, auth_mode, auth_fields, network }: RunDetail): void {
    const profile = run.profile as ProfileName;
    this.values.profile = profile;
    this.values.baseUrl = run.base_url;
    this.values.label = "";
    this.values.authMode = auth_mode as AuthMode;
    for (const name of PUBLIC_FIELDS) {
      if (auth_fields[name] !== undefined) this.values.auth[name] = auth_fields[name];
    }
    this.values.loads[profile] = loadOf(profile, variables);
    this.values.network = networkOf(network);
    if (profile === "custom") this.values.custom = customLoadOf(variables);
    this.errors = new Map();
    this.save();
  }

  /** Whether the run will be steerable. The default is on, except for smoke runs. */
  steerable(plan: Plan | null): boolean {
    if (!plan?.steering_variable) return false;
    const profile = plan.profile as ProfileName;
    return this.values.steerable[profile] ?? profile !== "smoke";
  }

  setSteerable({ profile }: Plan, on: boolean): void {
    this.values.steerable[profile as ProfileName] = on;
  }

  /** Returns the load parameters that the selected profile uses. */
  loadFields(config: RunConfig): LoadField[] {
    const profile = this.profile(config);
    const uses = config.profiles.find(({ name }) => name === profile)?.uses ?? [];
    const hasOwnUsers = profile === "custom" && this.values.custom.kind !== "rate"; // the stages define the users
    return LOAD_FIELDS.filter((field) => uses.includes(field) && !hasOwnUsers);
  }

  planBody(config: RunConfig): PlanBody {
    const profile = this.profile(config);
    const load = this.load(profile);
    const body: Record<string, unknown> = {
      profile,
      ...(profile === "custom" ? customLoadBody(this.values.custom) : {}),
    };
    for (const field of this.loadFields(config)) {
      const value = load[field]?.trim();
      if (value) body[field] = value;
    }
    const baseUrl = this.values.baseUrl?.trim();
    if (baseUrl) body["base_url"] = baseUrl;
    // Network secrets are left out: the plan and the command lines do not need them.
    return { ...body, ...networkBody(this.values.network, NO_NETWORK_SECRETS) } as PlanBody;
  }

  startBody(config: RunConfig, extra: Partial<StartBody>): StartBody {
    const label = this.values.label.trim();
    const others = this.dryRunBody(config);
    return { ...this.planBody(config), ...others, ...(label ? { label } : {}), ...extra };
  }

  hasNetwork(): boolean {
    return Object.keys(this.#network()).length > 0;
  }

  /** A dry run sends each request once, so it needs no load parameters. */
  dryRunBody(config: RunConfig): DryRunBody {
    return { ...this.#auth(config), ...this.#network(), ...this.#target(config) };
  }

  connectionBody(config: RunConfig): ConnectionBody {
    return { ...this.#auth(config), ...this.#network(), base_url: this.values.baseUrl?.trim() || config.base_url };
  }

  /** Without any base URL, an empty one is sent, so that the server reports it together with all other errors. */
  #target({ base_url }: RunConfig): { base_url?: string } {
    const entered = this.values.baseUrl?.trim();
    return entered || base_url === "" ? { base_url: entered ?? "" } : {};
  }

  #network(): ReturnType<typeof networkBody> {
    return networkBody(this.values.network, this.networkSecrets);
  }

  #auth(config: RunConfig) {
    const valueOf = (name: AuthField) => (isSecret(name) ? this.secrets[name] : this.authValue(name).trim());
    return authBody(this.authMode(config), this.values.auth.auth_refresh_strategy ?? "", valueOf);
  }
}

export const form = new Form();
