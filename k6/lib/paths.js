// Dot-paths into JSON: data.users[0].id, data.users.0.id. The same grammar as dashboard/endpoints/texts.py.

const MOST_CHARACTERS = 500;
const PATH = /^(?:[^.[\]]+|\[\d+\])(?:\.[^.[\]]+|\[\d+\])*$/;
const PART = /[^.[\]]+/g;

// The parts of a path, or null when the text is none.
export function parsePath(text) {
  const fits = typeof text === 'string' && text.length <= MOST_CHARACTERS && PATH.test(text);
  return fits ? text.match(PART) : null;
}

// What stands there; undefined when nothing does.
export function readPath(value, parts) {
  let found = value;
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part) || (Array.isArray(found) && part === 'length')) {
      return undefined;
    }
    found = found[part];
  }
  return found;
}
