/** Saving the ticked requests into the endpoints file: the review of the changes, the save, and its versions. */
import { ApiError, isAbort, messageOf } from "../../api/client";
import { listVersions, previewEndpoints, restoreVersion, saveEndpoints } from "../../api/endpoints";
import type { DocumentDifference, EndpointsPreview, EndpointsSave, EndpointsVersions } from "../../api/types";
import { savedText, sourceBody } from "../../model/discover/changes";
import type { Row } from "../../model/discover/rows";
import { imported } from "./imported.svelte";

const REFUSED = 412;

class Saving {
  mode = $state<EndpointsSave["mode"]>("merge");
  duplicates = $state<EndpointsSave["duplicates"]>("rename");
  removeGone = $state(false);
  review = $state.raw<EndpointsPreview | null>(null);
  busy = $state(false);
  problem = $state("");
  /** What somebody else changed since the review; null without a conflict. */
  conflict = $state.raw<{ difference: DocumentDifference | null } | null>(null);
  saved = $state("");
  versions = $state.raw<EndpointsVersions | null>(null);
  versionsProblem = $state("");
  /** False if the server is older than the page and cannot save requests. */
  isAvailable = $state(true);
  #reviewed = $state.raw<readonly Row[]>([]);
  /** Whether the requests changed since the review. */
  readonly isStale = $derived(this.review !== null && this.#reviewed !== imported.rows);

  async preview(): Promise<void> {
    await this.#run(async () => {
      const rows = imported.rows;
      this.review = await previewEndpoints(this.#body());
      [this.#reviewed, this.conflict] = [rows, null];
    });
  }

  /** Saves what was reviewed. If somebody else changed the file since, nothing is saved. */
  async save(): Promise<void> {
    await this.#run(async () => {
      const { version, endpoints_count } = await saveEndpoints(this.#body(), this.review?.sha256 ?? null);
      this.saved = savedText(version, endpoints_count);
      this.review = null;
      await this.loadVersions();
    });
  }

  async restore(number: number): Promise<boolean> {
    let done = false;
    await this.#run(async () => {
      await restoreVersion(number, this.versions?.sha256 ?? null);
      [this.review, done] = [null, true];
      await this.loadVersions();
    });
    return done;
  }

  async loadVersions(signal?: AbortSignal): Promise<void> {
    try {
      this.versions = await listVersions(signal);
      this.versionsProblem = "";
    } catch (error) {
      if (isAbort(error)) return;
      this.isAvailable = !(error instanceof ApiError && error.status === 404);
      this.versionsProblem = messageOf(error);
    }
  }

  forget(): void {
    [this.review, this.problem, this.saved, this.conflict] = [null, "", "", null];
  }

  #body(): EndpointsSave {
    const { rows, facts, source } = imported;
    return {
      ...imported.requests(),
      mode: this.mode,
      service: facts?.title ?? null,
      source: sourceBody(rows, facts, source),
      duplicates: this.duplicates,
      remove_gone: this.removeGone,
    };
  }

  async #run(work: () => Promise<void>): Promise<void> {
    [this.busy, this.problem, this.saved] = [true, "", ""];
    try {
      await work();
    } catch (error) {
      this.problem = messageOf(error);
      if (error instanceof ApiError && error.status === REFUSED)
        this.conflict = { difference: (error.extra["difference"] as DocumentDifference | undefined) ?? null };
    }
    this.busy = false;
  }
}

export const saving = new Saving();
