/** Results of "Try": a dry run with the requests of the preview table. */
import { messageOf } from "../../api/client";
import type { DryRunEntry, RunConfig } from "../../api/types";
import type { Requests } from "../../model/discover/document";
import { type Result, resultsOf } from "../../model/discover/results";
import { nameOf } from "../../model/discover/rows";
import { dryRun } from "../dry-run.svelte";
import { form } from "../form.svelte";
import { imported } from "./imported.svelte";

class Tried {
  busy = $state(false);
  problem = $state("");
  /** Results of earlier dry runs. Their requests are no longer on the server. */
  #earlier = $state.raw<ReadonlyMap<number, Result>>(new Map());
  readonly isCurrent: boolean = $derived(imported.tried !== null && dryRun.answer?.dry_id === imported.tried.dryId);
  readonly live: boolean = $derived(this.isCurrent && dryRun.live);
  readonly #current: ReadonlyMap<number, Result> = $derived(
    this.isCurrent && imported.tried ? resultsOf(dryRun.entries, imported.tried.rows) : new Map<number, Result>(),
  );
  /** By the ID of the row. */
  readonly results: ReadonlyMap<number, Result> = $derived(new Map([...this.#earlier, ...this.#current]));

  /** Sends the requests once, with target and authentication of the start form. */
  async start(config: RunConfig, requests: Requests): Promise<void> {
    [this.busy, this.problem] = [true, ""];
    const document = { ...requests };
    const rows = Object.fromEntries(imported.rows.map((row) => [nameOf(row), row.id]));
    try {
      const withoutLinks = [...this.results].map(([id, result]) => [id, { ...result, at: null }] as const);
      const dryId = await dryRun.start({ ...form.dryRunBody(config), endpoints: JSON.stringify(document) });
      this.#earlier = new Map(withoutLinks);
      imported.tried = { dryId, rows };
      imported.store();
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.busy = false;
  }

  entry(id: number): DryRunEntry | null {
    return this.results.get(id)?.entry ?? null;
  }

  forget(): void {
    [this.#earlier, this.problem] = [new Map(), ""];
  }
}

export const tried = new Tried();
