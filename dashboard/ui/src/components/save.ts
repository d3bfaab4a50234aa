/** Saves files and copies text. */

export function save(name: string, content: Blob | string, type = "text/plain"): void {
  const blob = typeof content === "string" ? new Blob([content], { type }) : content;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The memory is released only after the download has started.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * Copies a text to the clipboard. Returns false if the browser refuses, for example on a page that was loaded over HTTP
 * from another host.
 */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  const focused = document.activeElement;
  field.select();
  // Deprecated, but the only way if the Clipboard API is not available.
  const done = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}
