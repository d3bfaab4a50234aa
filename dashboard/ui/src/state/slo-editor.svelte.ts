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

const KEY = "slos";

interface Kept {
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
  /** Null is as they are stored. */
  typed = $state.raw<SloOptions | null>(null);
  /** Messages of the last answer, by cell; those of the options by their field. */
  errors = $state.raw<ReadonlyMap<string, string>>(new Map());
  readonly cells: string[] = $derived(this.value ? changedCells(this.value, this.draft) : []);
  readonly options: SloOptions | null = $derived(this.typed ?? (this.value ? optionsOf(this.value) : null));
  readonly optionsChanged: boolean = $derived(
    this.value !== null && this.typed !== null && JSON.stringify(this.typed) !== JSON.stringify(optionsOf(this.value)),
  );
  readonly changes: number = $derived(this.cells.length + (this.optionsChanged ? 1 : 0));
  readonly wrong: boolean = $derived(this.cells.some((cell) => this.problemOf(cell) !== undefined));
  #tag = "";

  constructor() {
    const kept = read(() => sessionStorage, KEY) as Partial<Kept> | null;
    this.draft = kept?.draft ?? {};
    this.typed = kept?.options ?? null;
  }

  async load(): Promise<void> {
    try {
      const { value, tag } = await getSloConfig();
      this.#take(value, tag);
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
    this.#keep();
  }

  choose(changes: Partial<SloOptions>): void {
    if (!this.options) return;
    this.typed = { ...this.options, ...changes };
    this.errors = new Map([...this.errors].filter(([at]) => !at.startsWith("options")));
    this.#keep();
  }

  discard(): void {
    this.draft = {};
    this.typed = null;
    this.errors = new Map();
    this.conflict = false;
    this.problem = "";
    this.#keep();
  }

  /** Theirs, with what was typed here on top of it. */
  async rebase(): Promise<void> {
    this.conflict = false;
    await this.load();
  }

  async save(): Promise<void> {
    if (!this.value || this.wrong) return;
    this.busy = true;
    this.errors = new Map();
    this.problem = "";
    const body = changeOf(this.value, this.draft);
    if (this.optionsChanged && this.options) body.options = optionsBody(this.options);
    try {
      const { value, tag } = await saveSloConfig(body, this.#tag);
      this.discard();
      this.#take(value, tag);
      this.saved = true;
      void runConfig.load();
    } catch (error) {
      this.#refused(error);
    }
    this.busy = false;
  }

  #refused(error: unknown): void {
    this.conflict = error instanceof ApiError && error.status === 412;
    if (this.conflict) return;
    const fields = error instanceof ApiError ? [...error.fields] : [];
    this.errors = new Map(fields.map(([field, message]) => [cellOfField(field) ?? field, message]));
    const elsewhere = fields.filter(([field]) => cellOfField(field) === null && !field.startsWith("options."));
    if (fields.length === 0 || elsewhere.length > 0) this.problem = messageOf(error);
  }

  #take(value: SloConfig, tag: string): void {
    this.value = value;
    this.#tag = tag;
  }

  #keep(): void {
    this.saved = false;
    write(() => sessionStorage, KEY, { draft: this.draft, options: this.typed } satisfies Kept);
  }
}

export const sloEditor = new SloEditor();
