import type { ComponentType } from "preact";
import { ChatIcon, FlyIcon, PageIcon, ShipIcon, TableIcon } from "@parlour/ui/icons";

const ICONS: Record<string, ComponentType> = {
  chat: ChatIcon,
  document: PageIcon,
  battleship: ShipIcon,
  arena: FlyIcon,
};

/** The picture of a kind of room; a board for every other game. */
export function KindIcon({ kind }: { kind: string }) {
  const Icon = ICONS[kind] ?? TableIcon;
  return <Icon />;
}
