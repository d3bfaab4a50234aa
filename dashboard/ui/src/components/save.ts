/** Hands a file that the page made to the browser's downloads. */
export function save(name: string, content: Blob | string, type = "text/plain"): void {
  const blob = typeof content === "string" ? new Blob([content], { type }) : content;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has begun by then; the page must not hold the bytes for ever.
  setTimeout(() => { URL.revokeObjectURL(link.href); }, 10_000);
}
