/** The import that is in progress: a scan, or the upload of a document. */
import { ApiError, isAbort, messageOf } from "../../api/client";
import { getPostmanCollection, importDocument, scanUrl } from "../../api/discover";
import type { Discovered, ImportChoices, ScanAttempt } from "../../api/types";

/** Where an import comes from. `document` is kept in memory to import it again with other choices. */
export interface Origin {
  name: string;
  url: string | null;
  document: Blob | null;
}

export interface Imported {
  found: Discovered;
  origin: Origin;
}

class Importing {
  /** What is in progress, as a sentence; empty if nothing is. */
  activity = $state("");
  /** Uploaded share of the document; null during a scan. */
  progress = $state<number | null>(null);
  attempts = $state.raw<ScanAttempt[]>([]);
  problem = $state("");
  #cancel: () => void = () => undefined;

  /** Scans a service. Returns null if it was canceled or has no document. */
  async scan(url: string): Promise<Imported | null> {
    const abort = new AbortController();
    return this.#run(`Scanning ${url}`, null, abort, async () => {
      const onattempt = (attempt: ScanAttempt) => (this.attempts = [...this.attempts, attempt]);
      const answer = await scanUrl(url, onattempt, abort.signal);
      this.attempts = answer.attempts;
      if (answer.found) return { found: answer.found, origin: { name: url, url: answer.url, document: null } };
      this.problem = answer.message ?? "No API document was found.";
      return null;
    });
  }

  /** Imports a document. Returns null if it was canceled or cannot be read. */
  async read(document: Blob, name: string, choices: ImportChoices = {}): Promise<Imported | null> {
    const call = importDocument(document, name, choices, (share) => (this.progress = share));
    return this.#run(`Reading ${name}`, 0, { abort: call.cancel }, async () => ({
      found: await call.done,
      origin: { name, url: null, document },
    }));
  }

  async readBundledCollection(): Promise<Imported | null> {
    const abort = new AbortController();
    const load = () => getPostmanCollection(abort.signal);
    const collection = await this.#run("Loading the Postman collection", null, abort, load);
    return collection && this.read(collection, "demo-shop.postman.json");
  }

  cancel(): void {
    this.#cancel();
    this.activity = "";
  }

  async #run<T>(
    activity: string,
    progress: number | null,
    abort: { abort: () => void },
    work: () => Promise<T>,
  ): Promise<T | null> {
    this.#cancel();
    const cancel = () => abort.abort();
    this.#cancel = cancel;
    [this.activity, this.progress, this.attempts, this.problem] = [activity, progress, [], ""];
    try {
      return await work();
    } catch (error) {
      if (!isAbort(error) && this.#cancel === cancel) this.problem = reasonOf(error);
      return null;
    } finally {
      if (this.#cancel === cancel) this.activity = "";
    }
  }
}

/** Returns the reason in the words of the field with the error. */
function reasonOf(error: unknown): string {
  const reasons = error instanceof ApiError ? [...error.fields.values()] : [];
  return reasons.length > 0 ? reasons.join(" ") : messageOf(error);
}

export const importing = new Importing();
