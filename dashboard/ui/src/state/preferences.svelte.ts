/**
 * Theme, time zone, and whether live updates are frozen. The theme is stored in a cookie, so that the server can send
 * the page in that theme.
 */
import { BASE_PATH } from "../api/base-path";
import { timeZone } from "../model/display/time-zone.svelte";
import { THEMES, type Theme } from "../theme/themes";
import { read, write } from "./stored";

const COOKIE = "k6-dashboard-theme";
const UTC_KEY = "utc";
const MAX_AGE_S = 400 * 24 * 60 * 60;

class Preferences {
  theme = $state<Theme>(initialTheme());
  frozen = $state(false);
  #printing = $state(false);
  /** The theme in effect. Printing always uses the light theme. */
  readonly shown: Theme = $derived(this.#printing ? "arctic" : this.theme);

  constructor() {
    timeZone.utc = read(() => localStorage, UTC_KEY) === true;
  }

  /** Switches the times of the page between UTC and the zone of the browser. */
  toggleUtc(): void {
    timeZone.utc = !timeZone.utc;
    write(() => localStorage, UTC_KEY, timeZone.utc);
  }

  choose(theme: Theme): void {
    this.theme = theme;
    document.cookie = `${COOKIE}=${theme}; path=${BASE_PATH}/; max-age=${String(MAX_AGE_S)}; samesite=lax`;
    this.apply();
  }

  next(): void {
    const names = THEMES.map(({ name }) => name);
    this.choose(names[(names.indexOf(this.theme) + 1) % names.length] ?? this.theme);
  }

  apply(): void {
    document.documentElement.dataset["theme"] = this.shown;
  }

  /** Switches to the print theme and back. */
  print(on: boolean): void {
    this.#printing = on;
    this.apply();
  }
}

function initialTheme(): Theme {
  const sent = document.documentElement.dataset["theme"];
  const known = THEMES.find(({ name }) => name === sent);
  if (known) return known.name;
  return matchMedia("(prefers-color-scheme: light)").matches ? "arctic" : "midnight";
}

export const preferences = new Preferences();
