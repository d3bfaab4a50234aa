/** Opens the link of a table row on a click anywhere in it, except on controls and while text is selected. */
export function openRow(event: MouseEvent, href: string): void {
  const { target } = event;
  if (target instanceof Element && target.closest("a, button, input")) return;
  if (getSelection()?.toString()) return;
  if (event.ctrlKey || event.metaKey) window.open(href);
  else location.hash = href;
}
