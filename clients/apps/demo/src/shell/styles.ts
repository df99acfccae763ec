/** Style sheets that only some pages need, beside the app's own. */

const linked = new Map<string, Promise<void>>();

/** Link a style sheet of this page's files once; resolves when it is there, or cannot be had. */
export function linkStyles(file: string): Promise<void> {
  const known = linked.get(file);
  if (known) return known;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `demo/${file}` });
  const there = new Promise<void>((resolve) => (link.onload = link.onerror = () => resolve()));
  document.head.append(link);
  linked.set(file, there);
  return there;
}
