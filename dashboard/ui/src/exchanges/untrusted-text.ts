/** Makes the invisible characters of untrusted text visible, because they could hide or reorder the text around them. */

const INVISIBLE = /[\p{Cc}\p{Cf}]/gu;
/** Line breaks, tabs and the joiners that some writing systems and emoji need. */
const HARMLESS = "\n\t\u200c\u200d";
/** First character of the Unicode block of control pictures. */
const CONTROL_PICTURES = 0x2400;

export const escapeInvisible = (text: string): string => text.replace(INVISIBLE, symbolOf);

function symbolOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (HARMLESS.includes(character)) return character;
  return code < 0x20
    ? String.fromCharCode(CONTROL_PICTURES + code)
    : `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›`;
}

/** Indents JSON objects and arrays. Returns any other text, such as truncated JSON, unchanged. */
export function indentJson(body: string): string {
  try {
    const value = JSON.parse(body) as unknown;
    return typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : body;
  } catch {
    return body;
  }
}
