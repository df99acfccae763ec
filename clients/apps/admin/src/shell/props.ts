/** What every page is given: the part of the address that is its own. */
export interface PageProps {
  /** What the page is about; empty for a list. */
  id: string;
  query: Readonly<Record<string, string>>;
}
