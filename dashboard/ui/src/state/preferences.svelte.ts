/** Theme, and whether live updates are frozen. */
import { THEMES, type Theme } from "../theme/themes";
import { read, write } from "./stored";

const STORAGE_KEY = "theme";

class Preferences {
  theme = $state<Theme>(initialTheme());
  frozen = $state(false);
  #printing = $state(false);
  /** The theme in effect. Printing always uses the light theme. */
  readonly shown: Theme = $derived(this.#printing ? "arctic" : this.theme);

  choose(theme: Theme): void {
    this.theme = theme;
    write(() => localStorage, STORAGE_KEY, theme);
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
  const stored = read(() => localStorage, STORAGE_KEY);
  const known = THEMES.find(({ name }) => name === stored);
  if (known) return known.name;
  return matchMedia("(prefers-color-scheme: light)").matches ? "arctic" : "midnight";
}

export const preferences = new Preferences();
