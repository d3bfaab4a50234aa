/** Parses server-sent events from chunks of text. */
export interface ServerEvent {
  id: string | null;
  event: string;
  data: string;
}

export class EventParser {
  #buffer = "";
  #id: string | null = null;
  #event = "message";
  #data: string[] = [];

  /** Adds a chunk and returns the events that it completes. */
  push(chunk: string): ServerEvent[] {
    const lines = (this.#buffer + chunk).split(/\r?\n/);
    this.#buffer = lines.pop() ?? "";
    return lines.map((line) => this.#parseLine(line)).filter((event) => event !== null);
  }

  #parseLine(line: string): ServerEvent | null {
    if (line === "") return this.#finish();
    const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === "id") this.#id = value;
    else if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
    return null;
  }

  #finish(): ServerEvent | null {
    const event = { id: this.#id, event: this.#event, data: this.#data.join("\n") };
    const complete = this.#data.length > 0;
    [this.#id, this.#event, this.#data] = [null, "message", []];
    return complete ? event : null;
  }
}
