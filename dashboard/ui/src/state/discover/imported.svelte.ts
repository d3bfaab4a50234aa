/** The imported requests: rows of the preview table, with their edits. They survive tab changes and reloads. */
import { type CellField, type Endpoint, fieldText } from "../../model/discover/endpoint";
import { nameCounts } from "../../model/discover/attention";
import { type Requests, requestsFor, requestsOf } from "../../model/discover/document";
import {
  type Facts,
  type Source,
  type StoredImport,
  restored,
  splitImport,
  storable,
} from "../../model/discover/imported";
import {
  type Row,
  carriedOver,
  uniqueName,
  withAdded,
  withCellText,
  withRow,
  withSelection,
} from "../../model/discover/rows";
import { read, write } from "../stored";
import type { Imported, Origin } from "./importing.svelte";

const STORAGE_KEY = "discover";
const STORE_DELAY_MS = 500;
const MAX_UNDO = 100;
const NOTHING = { setup: [], teardown: [], scenarios: [] };

class ImportedRequests {
  rows = $state.raw<Row[]>([]);
  facts = $state.raw<Facts | null>(null);
  source = $state.raw<Source | null>(null);
  tried = $state.raw<StoredImport["tried"]>(null);
  /** Changes when rows are added or removed, but not when one is edited. */
  structure = $state(0);
  /** False if the import is too large for the storage of the browser, so a reload loses it. */
  isStored = $state(true);
  readonly counts = $derived(nameCounts(this.rows));
  readonly selected = $derived(this.rows.filter(({ isSelected }) => isSelected).length);
  #document: Blob | null = null;
  #past = $state.raw<readonly Row[][]>([]);
  #lastEdit = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const stored = restored(read(() => sessionStorage, STORAGE_KEY) as Partial<StoredImport> | null);
    [this.rows, this.facts, this.source, this.tried] = [stored.rows, stored.facts, stored.source, stored.tried];
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  /** The document of the import; null for a scan, and after a reload. */
  get document(): Blob | null {
    return this.#document;
  }

  /** Replaces the import. With `keepEdits`, edits and ticks of the same operations stay. */
  show({ found, origin }: Imported, keepEdits = false): void {
    const { facts, rows } = splitImport(found);
    this.#change(keepEdits ? carriedOver(this.rows, rows) : rows, "");
    if (!keepEdits) [this.#past, this.tried] = [[], null];
    [this.facts, this.source] = [facts, sourceOf(origin)];
    this.#document = origin.document;
    this.structure += 1;
    this.store();
  }

  clear(): void {
    [this.rows, this.facts, this.source, this.tried, this.#past, this.#document] = [[], null, null, null, [], null];
    this.structure += 1;
    this.store();
  }

  /** Edits a cell. The keystrokes in one cell are undone together. */
  edit(id: number, field: CellField, text: string): void {
    this.#change(withCellText(this.rows, id, field, text), `${String(id)} ${field}`);
  }

  /** Ends the edit of a cell: the next keystroke can be undone separately. */
  commit(): void {
    this.#lastEdit = "";
  }

  select(ids: ReadonlySet<number>, isSelected: boolean): void {
    this.#change(withSelection(this.rows, ids, isSelected), "");
  }

  changeEndpoints(ids: ReadonlySet<number>, change: (endpoint: Endpoint) => Endpoint, edit = ""): void {
    const changed = (row: Row) => (ids.has(row.id) ? { ...row, endpoint: change(row.endpoint) } : row);
    this.#change(this.rows.map(changed), edit);
  }

  makeUnique(id: number): void {
    const rename = (row: Row) => {
      const name = uniqueName(this.rows, fieldText(row.endpoint, "name"), id);
      return { ...row, endpoint: { ...row.endpoint, name } };
    };
    this.#change(withRow(this.rows, id, rename), "");
  }

  add(endpoint: Endpoint): void {
    this.#change(withAdded(this.rows, endpoint), "");
    this.structure += 1;
  }

  remove(id: number): void {
    this.#change(
      this.rows.filter((row) => row.id !== id),
      "",
    );
    this.structure += 1;
  }

  undo(): void {
    const before = this.#past.at(-1);
    if (!before) return;
    if (before.length !== this.rows.length) this.structure += 1;
    [this.rows, this.#past, this.#lastEdit] = [before, this.#past.slice(0, -1), ""];
    this.store();
  }

  /** Returns the requests of one row, or of all ticked rows. */
  requests(id: number | null = null): Requests {
    const around = this.facts ?? NOTHING;
    return id === null ? requestsOf(this.rows, around) : requestsFor(this.rows, id, around);
  }

  /** Stores the import shortly after the last change. */
  store(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.storeNow(), STORE_DELAY_MS);
  }

  storeNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { rows, facts, source, tried } = this;
    const value = rows.length === 0 && !facts ? null : storable({ rows, facts, source, tried });
    this.isStored = write(() => sessionStorage, STORAGE_KEY, value);
    // A part of an earlier import must not come back in place of this one.
    if (!this.isStored) write(() => sessionStorage, STORAGE_KEY, null);
  }

  /** Stores a change that still waits. Called before the page is closed. */
  flush(): void {
    if (this.#timer !== undefined) this.storeNow();
  }

  #change(rows: Row[], edit: string): void {
    const continues = edit !== "" && edit === this.#lastEdit;
    if (!continues) this.#past = [...this.#past, this.rows].slice(-MAX_UNDO);
    [this.rows, this.#lastEdit] = [rows, edit];
    this.store();
  }
}

const sourceOf = ({ name, url }: Origin): Source => ({ name, url });

export const imported = new ImportedRequests();
