/** A whole row is a large target for the link in it; marking text, and the link's own keys, must still work. */
export function openRow(event: MouseEvent, href: string): void {
  const { target } = event;
  if (target instanceof Element && target.closest("a, button, input")) return;
  if (getSelection()?.toString()) return;
  if (event.ctrlKey || event.metaKey) window.open(href);
  else location.hash = href;
}
