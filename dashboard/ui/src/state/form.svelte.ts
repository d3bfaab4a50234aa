/** What was typed on Execute. It outlives tab changes, reloads and failed starts; secrets live in memory only. */
import type { AuthMode, ConnectionBody, DryBody, Plan, PlanBody, ProfileName, RunConfig, RunDetail, StartBody } from "../api/types";
import {
  type AuthField, type AuthPart, fieldsOf, isSecret, PUBLIC, type Public, SECRETS, type Secret, type Strategy, strategies, strategyOf,
} from "../model/start/authentication";
import { type Custom, NEW_CUSTOM, bodyOf, customOf } from "../model/start/custom-load";
import { NEW_NETWORK, NO_NETWORK_SECRETS, type Network, type NetworkSecrets, networkBody, networkOf } from "../model/start/network";
import { type Load, LOAD_FIELDS, type LoadField, NO_LOAD, loadOf } from "../model/start/load-parameters";
import { read, write } from "./stored";

const KEY = "execute";

interface Kept {
  profile: ProfileName | null;
  baseUrl: string;
  authMode: AuthMode | null;
  /** Fields of authentication that are no secrets. */
  auth: Partial<Record<Public, string>>;
  label: string;
  loads: Partial<Record<ProfileName, Load>>;
  custom: Custom;
  /** By profile; what was never chosen follows the profile. */
  steerable: Partial<Record<ProfileName, boolean>>;
  network: Network;
}

const EMPTY: Kept = {
  ...{ profile: null, baseUrl: "", authMode: null, auth: {}, label: "", loads: {} },
  ...{ custom: NEW_CUSTOM, steerable: {}, network: NEW_NETWORK },
};

const NO_SECRETS = Object.fromEntries(SECRETS.map((name) => [name, ""])) as Record<Secret, string>;

/** What an older page kept may lack fields of the network. */
function kept(): Kept {
  const found = read(() => sessionStorage, KEY) as Partial<Kept> | null;
  return { ...EMPTY, ...found, network: { ...NEW_NETWORK, ...found?.network } };
}

export class Form {
  kept = $state<Kept>(kept());
  secrets = $state<Record<Secret, string>>({ ...NO_SECRETS });
  networkSecrets = $state<NetworkSecrets>({ ...NO_NETWORK_SECRETS });
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

  strategy(config: RunConfig): Strategy {
    return strategyOf(this.authMode(config), this.kept.auth.auth_refresh_strategy ?? "");
  }

  authValue(field: AuthField): string {
    return isSecret(field) ? this.secrets[field] : (this.kept.auth[field] ?? "");
  }

  setAuth(field: AuthField, value: string): void {
    if (isSecret(field)) this.secrets[field] = value;
    else this.kept.auth[field] = value;
  }

  /** The load typed for a profile: one profile's numbers say nothing about another's. */
  load(profile: ProfileName): Load {
    return { ...NO_LOAD, ...this.kept.loads[profile] };
  }

  setLoad(profile: ProfileName, field: keyof Load, value: string): void {
    this.kept.loads[profile] = { ...this.load(profile), [field]: value };
  }

  /** The same run once more. Secrets are not kept with runs: they are typed again, or come from the settings. */
  fill({ run, variables, auth_mode, auth_fields, network }: RunDetail): void {
    const profile = run.profile as ProfileName;
    this.kept.profile = profile;
    this.kept.baseUrl = run.base_url;
    this.kept.label = run.label ?? "";
    this.kept.authMode = auth_mode as AuthMode;
    for (const name of PUBLIC) {
      if (auth_fields[name] !== undefined) this.kept.auth[name] = auth_fields[name];
    }
    this.kept.loads[profile] = loadOf(profile, variables);
    this.kept.network = networkOf(network);
    if (profile === "custom") this.kept.custom = customOf(variables);
    this.errors = new Map();
    this.save();
  }

  /** A short look needs no steering, all else that can be steered may as well be. */
  steerable(plan: Plan | null): boolean {
    if (!plan?.steering_variable) return false;
    const profile = plan.profile as ProfileName;
    return this.kept.steerable[profile] ?? profile !== "smoke";
  }

  setSteerable({ profile }: Plan, wanted: boolean): void {
    this.kept.steerable[profile as ProfileName] = wanted;
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
    // for the commands alone, which hold no secrets
    return { ...body, ...networkBody(this.kept.network, NO_NETWORK_SECRETS) } as PlanBody;
  }

  startBody(config: RunConfig, extra: Partial<StartBody>): StartBody {
    const label = this.kept.label.trim();
    return { ...this.planBody(config), ...this.#auth(config), ...this.#network(), ...(label ? { label } : {}), ...extra };
  }

  /** Whether anything of the network was typed. */
  saysNetwork(): boolean {
    return Object.keys(this.#network()).length > 0;
  }

  /** What changes requests; the load means nothing to it. */
  dryBody(config: RunConfig): DryBody {
    const baseUrl = this.kept.baseUrl.trim();
    return { ...this.#auth(config), ...this.#network(), ...(baseUrl ? { base_url: baseUrl } : {}) };
  }

  connectionBody(config: RunConfig): ConnectionBody {
    return { ...this.#auth(config), ...this.#network(), base_url: this.kept.baseUrl.trim() || config.base_url };
  }

  #network(): ReturnType<typeof networkBody> {
    return networkBody(this.kept.network, this.networkSecrets);
  }

  /** Only the chosen mode's fields; an empty one leaves the setting in force. */
  #auth(config: RunConfig): AuthPart {
    const mode = this.authMode(config);
    const strategy = this.strategy(config);
    const { main, more } = fieldsOf(mode, strategy);
    const typed = [...main, ...more].map((name) => [name, isSecret(name) ? this.secrets[name] : this.authValue(name).trim()]);
    return {
      auth_mode: mode,
      ...(Object.fromEntries(typed.filter(([, value]) => value !== "")) as AuthPart),
      ...(this.kept.auth.auth_refresh_strategy && strategies(mode).length > 0 ? { auth_refresh_strategy: strategy } : {}),
    };
  }
}

export const form = new Form();
