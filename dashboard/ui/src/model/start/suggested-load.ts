/** A load that an import suggests, as values of the start form. */
import type { ProfileName } from "../../api/types";
import type { FormValues } from "./form-values";
import { LOAD_FIELDS, NO_LOAD } from "./load-parameters";

interface Stage {
  duration: unknown;
  target: unknown;
}

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : "";

/** Returns the values to change. `fields` are those of `POST /run/start`. */
export function suggestedLoad(
  values: Pick<FormValues, "loads" | "custom">,
  fields: Readonly<Record<string, unknown>>,
): Partial<FormValues> {
  const profile = (fields["profile"] ?? "custom") as ProfileName;
  const given = LOAD_FIELDS.filter((name) => textOf(fields[name]) !== "").map((name) => [name, textOf(fields[name])]);
  const load = { ...NO_LOAD, ...(Object.fromEntries(given) as Partial<typeof NO_LOAD>) };
  const changes: Partial<FormValues> = { profile, label: "", loads: { ...values.loads, [profile]: load } };
  if (fields["scenarios"]) {
    const scenarios = JSON.stringify(fields["scenarios"], null, 2);
    changes.custom = { ...values.custom, kind: "scenarios", scenarios };
  } else if (Array.isArray(fields["stages"])) {
    const stages = (fields["stages"] as Stage[]).map(({ duration, target }) => ({
      duration: textOf(duration),
      target: textOf(target),
    }));
    changes.custom = { ...values.custom, kind: fields["unit"] === "rate" ? "rate" : "vus", stages };
  }
  return changes;
}
