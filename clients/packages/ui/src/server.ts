/**
 * Where the server is, seen from the page it serves in `folder`: empty at the root of a host, as requests need no name
 * then, else the address with the path prefix of a proxy.
 */
export function serverAt({ origin, pathname }: Pick<Location, "origin" | "pathname">, folder = ""): string {
  const here = pathname.replace(/[^/]*$/, "");
  const prefix = here.slice(0, here.length - (here.endsWith(`/${folder}`) ? folder.length : 0)).replace(/\/$/, "");
  return prefix ? `${origin}${prefix}` : "";
}
