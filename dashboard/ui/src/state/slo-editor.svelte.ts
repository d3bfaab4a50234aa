/** The SLOs as stored on the server, and unsaved edits. Edits survive tab changes and reloads. */
import { ApiError, messageOf } from "../api/client";
import { getSloConfig, saveSloConfig } from "../api/slo";
import type { SloConfig } from "../api/types";
import {
  type Draft,
  type SloOptions,
  cellOfField,
  changeOf,
  changedCells,
  optionsBody,
  optionsOf,
  cellParts,
  parseLimit,
} from "../model/slo/slo-cells";
import { config as runConfig } from "./config.svelte";
import { read, write } from "./stored";

const STORAGE_KEY = "slos";

interface StoredDraft {
  draft: Draft;
  options: SloOptions | null;
}

class SloEditor {
  value = $state.raw<SloConfig | null>(null);
  problem = $state("");
  conflict = $state(false);
  busy = $state(false);
  saved = $state(false);
  draft = $state.raw<Draft>({});
  /** null if unchanged. */
  editedOptions = $state.raw<SloOptions | null>(null);
  /** Errors of the last response, by cell or option field. */
  errors = $state.raw<ReadonlyMap<string, string>>(new Map());
  readonly cells: string[] = $derived(this.value ? changedCells(this.value, this.draft) : []);
  readonly options: SloOptions | null = $derived(this.editedOptions ?? (this.value ? optionsOf(this.value) : null));
  readonly optionsChanged: boolean = $derived(
    this.value !== null &&
      this.editedOptions !== null &&
      JSON.stringify(this.editedOptions) !== JSON.stringify(optionsOf(this.value)),
  );
  readonly changes: number = $derived(this.cells.length + (this.optionsChanged ? 1 : 0));
  readonly invalidCells: string[] = $derived(this.cells.filter((cell) => this.problemOf(cell) !== undefined));
  #tag = "";

  constructor() {
    const stored = read(() => sessionStorage, STORAGE_KEY) as Partial<StoredDraft> | null;
    this.draft = stored?.draft ?? {};
    this.editedOptions = stored?.options ?? null;
  }

  async load(): Promise<void> {
    try {
      const { value, tag } = await getSloConfig();
      this.#apply(value, tag);
      this.problem = "";
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  problemOf(cell: string): string | undefined {
    const text = this.draft[cell];
    if (text === undefined) return undefined;
    const [level, , key] = cellParts(cell);
    return parseLimit(key, text, level).problem ?? this.errors.get(cell);
  }

  type(cell: string, text: string): void {
    this.draft = { ...this.draft, [cell]: text };
    this.errors = new Map([...this.errors].filter(([at]) => at !== cell));
    this.#store();
  }

  choose(changes: Partial<SloOptions>): void {
    if (!this.options) return;
    this.editedOptions = { ...this.options, ...changes };
    this.errors = new Map([...this.errors].filter(([at]) => !at.startsWith("options")));
    this.#store();
  }

  discard(): void {
    this.draft = {};
    this.editedOptions = null;
    this.errors = new Map();
    this.conflict = false;
    this.problem = "";
    this.#store();
  }

  /** Loads the SLOs that someone else saved and keeps the edits. */
  async rebase(): Promise<void> {
    this.conflict = false;
    await this.load();
  }

  async save(): Promise<void> {
    if (!this.value || this.invalidCells.length > 0) return;
    this.busy = true;
    this.errors = new Map();
    this.problem = "";
    const body = changeOf(this.value, this.draft);
    if (this.optionsChanged && this.options) body.options = optionsBody(this.options);
    try {
      const { value, tag } = await saveSloConfig(body, this.#tag);
      this.discard();
      this.#apply(value, tag);
      this.saved = true;
      void runConfig.load();
    } catch (error) {
      this.#reject(error);
    }
    this.busy = false;
  }

  #reject(error: unknown): void {
    this.conflict = error instanceof ApiError && error.status === 412;
    if (this.conflict) return;
    const fields = error instanceof ApiError ? [...error.fields] : [];
    this.errors = new Map(fields.map(([field, message]) => [cellOfField(field) ?? field, message]));
    const others = fields.filter(([field]) => cellOfField(field) === null && !field.startsWith("options."));
    if (fields.length === 0 || others.length > 0) this.problem = messageOf(error);
  }

  #apply(value: SloConfig, tag: string): void {
    this.value = value;
    this.#tag = tag;
  }

  #store(): void {
    this.saved = false;
    write(() => sessionStorage, STORAGE_KEY, { draft: this.draft, options: this.editedOptions } satisfies StoredDraft);
  }
}

export const sloEditor = new SloEditor();
