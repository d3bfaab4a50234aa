/** What is typed into the forms of Discover. It survives tab changes and reloads. */
import { type AddedValues, NO_ENDPOINT } from "../../model/discover/add-form";
import { read, write } from "../stored";

interface Values {
  url: string;
  pasted: string;
  added: AddedValues;
}

const STORAGE_KEY = "discover-forms";
const EMPTY: Values = { url: "", pasted: "", added: NO_ENDPOINT };

class Entries {
  values = $state<Values>({ ...EMPTY, ...(read(() => sessionStorage, STORAGE_KEY) as Partial<Values> | null) });

  save(): void {
    // The handlers of an event may run before the bound value changes.
    queueMicrotask(() => write(() => sessionStorage, STORAGE_KEY, $state.snapshot(this.values)));
  }
}

export const entries = new Entries();
