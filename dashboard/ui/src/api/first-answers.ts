/** Answers that the server put into the page, so that the page does not have to request them before it is painted. */

interface FirstAnswer {
  /** JSON text. */
  body: string;
  headers: Record<string, string>;
}

const ELEMENT_ID = "first-answers";
let answers: Map<string, FirstAnswer> | undefined;

/** Returns whether the page contains an answer to a GET of `url` that has not been taken. */
export const hasFirstAnswer = (url: string): boolean => known().has(url);

/** Returns the answer to a GET of `url`, once. */
export function takeFirstAnswer(url: string): Response | undefined {
  const answer = known().get(url);
  if (!answer) return undefined;
  known().delete(url);
  return new FirstResponse(answer.body, { headers: answer.headers });
}

/** A response whose body is read in a microtask, so that it is rendered with the first paint and not after it. */
class FirstResponse extends Response {
  readonly #text: string;

  constructor(body: string, init: ResponseInit) {
    super(null, init);
    this.#text = body;
  }

  override text(): Promise<string> {
    return Promise.resolve(this.#text);
  }

  override json(): Promise<unknown> {
    return Promise.resolve(JSON.parse(this.#text) as unknown);
  }
}

function known(): Map<string, FirstAnswer> {
  answers ??= read();
  return answers;
}

function read(): Map<string, FirstAnswer> {
  const text = globalThis.document?.getElementById(ELEMENT_ID)?.textContent ?? "";
  return new Map(text === "" ? [] : Object.entries(JSON.parse(text) as Record<string, FirstAnswer>));
}
