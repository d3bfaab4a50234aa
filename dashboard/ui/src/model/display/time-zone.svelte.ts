/** The time zone in which the page writes times. */
class TimeZone {
  /** Whether times are in UTC, and not in the zone of the browser. */
  utc = $state(false);

  /** IANA name, such as "Europe/Berlin". */
  get id(): string {
    return this.utc ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  /** The abbreviation that applies today, such as "CET" (not "CEST") in winter. */
  get name(): string {
    const parts = new Intl.DateTimeFormat("en-GB", { timeZone: this.id, timeZoneName: "short" }).formatToParts();
    return parts.find(({ type }) => type === "timeZoneName")?.value ?? this.id;
  }
}

export const timeZone = new TimeZone();
