/** Values of the start form that are kept in session storage; secrets are never among them. */
import type { AuthMode, ProfileName } from "../../api/types";
import type { PublicField } from "./authentication";
import { type CustomLoad, DEFAULT_CUSTOM_LOAD } from "./custom-load";
import type { Load } from "./load-parameters";
import { EMPTY_NETWORK, type Network } from "./network";

export interface FormValues {
  profile: ProfileName | null;
  /** null: the default from settings. */
  baseUrl: string | null;
  authMode: AuthMode | null;
  auth: Partial<Record<PublicField, string>>;
  label: string;
  loads: Partial<Record<ProfileName, Load>>;
  custom: CustomLoad;
  /** By profile. A profile without an entry uses its default. */
  steerable: Partial<Record<ProfileName, boolean>>;
  network: Network;
}

const EMPTY_FORM: FormValues = {
  profile: null,
  baseUrl: null,
  authMode: null,
  auth: {},
  label: "",
  loads: {},
  custom: DEFAULT_CUSTOM_LOAD,
  steerable: {},
  network: EMPTY_NETWORK,
};

/** Completes stored values with defaults, because values stored by an older page may lack fields. */
export function formValuesOf(stored: Partial<FormValues> | null): FormValues {
  return { ...EMPTY_FORM, ...stored, network: { ...EMPTY_NETWORK, ...stored?.network } };
}
