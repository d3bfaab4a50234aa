/** Text of strangers, made visible: what would hide, reorder or break the words around it is shown as a sign. */

const ODD = /[\p{Cc}\p{Cf}]/gu;
/** Line ends, tabs, and what holds letters and signs together. */
const HARMLESS = "\n\t\u200c\u200d";
const PICTURES = 0x2400;

export const visible = (text: string): string => text.replace(ODD, sign);

function sign(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (HARMLESS.includes(character)) return character;
  return code < 0x20 ? String.fromCharCode(PICTURES + code) : `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›`;
}

/** JSON with line breaks; any other text, and JSON that was cut, as it came. */
export function laidOut(body: string): string {
  try {
    const value = JSON.parse(body) as unknown;
    return typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : body;
  } catch {
    return body;
  }
}
