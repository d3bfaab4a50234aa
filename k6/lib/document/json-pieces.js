// JSON texts of templates in pieces: fixed texts, and makers of values that need no escapes. Joining them costs less than
// creating an object and converting it.

/** @typedef {import('../types.js').Maker} Maker */

/**
 * Returns the JSON of a text template; null if a value needs escapes. A text that consists of one number stays a number.
 * @param {import('../types.js').Template} template
 * @returns {(string | Maker)[] | null}
 */
export function textPieces({ parts }) {
  if (parts.length === 1 && typeof parts[0] !== 'string' && parts[0].plain === 'number') {
    return parts;
  }
  if (parts.some((part) => typeof part !== 'string' && part.plain === undefined)) {
    return null;
  }
  const escaped = parts.map((part) => (typeof part === 'string' ? JSON.stringify(part).slice(1, -1) : part));
  return ['"', ...escaped, '"'];
}

/**
 * @param {[string, import('../types.js').ValueTemplate][]} members
 * @param {boolean} isList
 * @returns {(string | Maker)[] | null}
 */
export function memberPieces(members, isList) {
  if (members.some(([, { pieces }]) => pieces === null)) {
    return null;
  }
  const inner = members.flatMap(([key, { pieces }], index) => [
    index === 0 ? '' : ',',
    isList ? '' : `${JSON.stringify(key)}:`,
    ...pieces,
  ]);
  return isList ? ['[', ...inner, ']'] : ['{', ...inner, '}'];
}

/**
 * Returns the maker of a JSON text that consists of pieces: texts, and makers of plain values. It creates no objects.
 * @param {(string | Maker)[]} pieces
 * @returns {(scope: any) => string}
 */
export function piecesMaker(pieces) {
  /** @type {(string | Maker)[]} */
  const merged = [''];
  for (const piece of pieces) {
    const last = merged.length - 1;
    if (typeof piece === 'string' && typeof merged[last] === 'string') {
      merged[last] += piece;
    } else {
      merged.push(piece);
    }
  }
  const count = merged.length;
  return (scope) => {
    let text = '';
    for (let index = 0; index < count; index += 1) {
      const piece = merged[index];
      text += typeof piece === 'string' ? piece : piece(scope);
    }
    return text;
  };
}
