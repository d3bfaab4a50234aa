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
  return new Response(answer.body, { headers: answer.headers });
}

function known(): Map<string, FirstAnswer> {
  answers ??= read();
  return answers;
}

function read(): Map<string, FirstAnswer> {
  const text = globalThis.document?.getElementById(ELEMENT_ID)?.textContent ?? "";
  return new Map(text === "" ? [] : Object.entries(JSON.parse(text) as Record<string, FirstAnswer>));
}
