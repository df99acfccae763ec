/** Where a room is within the page: `#/<room>`, perhaps with an invitation or a message: `?invite=…&at=<seq>`. */
export interface Route {
  room: string;
  /** Lets somebody into a private room. */
  invite?: string;
  /** The message to show, by its seq. */
  at?: number;
}

export function addressOf(room: string, { invite, at }: Omit<Route, "room"> = {}): string {
  const query = new URLSearchParams({ ...(invite && { invite }), ...(at !== undefined && { at: String(at) }) });
  return `#/${encodeURIComponent(room)}${query.size ? `?${query}` : ""}`;
}
