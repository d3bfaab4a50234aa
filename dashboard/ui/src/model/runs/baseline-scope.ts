/** Describes which runs a baseline applies to. */
import type { Pin } from "../../api/types";

export function scopeLabel({ profile, env_profile }: Pick<Pin, "profile" | "env_profile">): string {
  if (profile === null) return "all runs";
  return env_profile === null ? `all ${profile} runs` : `${profile} runs in ${env_profile}`;
}
