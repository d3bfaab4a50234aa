/** Values of the start form that are kept in session storage; secrets are never among them. */
import type { AuthMode, ProfileName } from "../../api/types";
import type { Public } from "./authentication";
import { type Custom, NEW_CUSTOM } from "./custom-load";
import type { Load } from "./load-parameters";
import { NEW_NETWORK, type Network } from "./network";

export interface FormValues {
  profile: ProfileName | null;
  baseUrl: string;
  authMode: AuthMode | null;
  auth: Partial<Record<Public, string>>;
  label: string;
  loads: Partial<Record<ProfileName, Load>>;
  custom: Custom;
  /** By profile. A profile without an entry uses its default. */
  steerable: Partial<Record<ProfileName, boolean>>;
  network: Network;
}

const EMPTY_FORM: FormValues = {
  profile: null,
  baseUrl: "",
  authMode: null,
  auth: {},
  label: "",
  loads: {},
  custom: NEW_CUSTOM,
  steerable: {},
  network: NEW_NETWORK,
};

/** Stored values completed with defaults: values stored by an older page may lack fields. */
export function formValuesOf(stored: Partial<FormValues> | null): FormValues {
  return { ...EMPTY_FORM, ...stored, network: { ...NEW_NETWORK, ...stored?.network } };
}
