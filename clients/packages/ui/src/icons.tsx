import type { ComponentChildren } from "preact";

/** Draws strokes on a grid of 20 × 20 in the colour of the text. */
export function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 20 20"
      width="18"
      height="18"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const ChatIcon = () => (
  <Icon>
    <path d="M4 4.5h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H9l-4 3v-3H4a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z" />
  </Icon>
);
export const PageIcon = () => (
  <Icon>
    <path d="M5 3h7l3 3v11H5zM8 9h4M8 12.5h4" />
  </Icon>
);
export const TableIcon = () => (
  <Icon>
    <path d="M7.5 3.5v13M12.5 3.5v13M3.5 7.5h13M3.5 12.5h13" />
  </Icon>
);
export const PlusIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
);
export const SendIcon = () => (
  <Icon>
    <path d="M10 16V4.5M5 9l5-5 5 5" />
  </Icon>
);
export const MenuIcon = () => (
  <Icon>
    <path d="M3 6h14M3 10h14M3 14h9" />
  </Icon>
);
export const ThemeIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" />
    <path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" />
  </Icon>
);
export const LeaveIcon = () => (
  <Icon>
    <path d="M8 4H4.5v12H8M8.5 10H17M14 7l3 3-3 3" />
  </Icon>
);
export const LinkIcon = () => (
  <Icon>
    <path d="M8.5 11.5a3 3 0 0 0 4.3 0l2.6-2.6a3 3 0 0 0-4.3-4.3L10 5.7M11.5 8.5a3 3 0 0 0-4.3 0l-2.6 2.6a3 3 0 0 0 4.3 4.3l1.1-1.1" />
  </Icon>
);
export const PeopleIcon = () => (
  <Icon>
    <circle cx="7.5" cy="7" r="2.8" />
    <path d="M2.5 16c.4-3 2.4-4.6 5-4.6s4.6 1.6 5 4.6M13 4.5a2.7 2.7 0 0 1 0 5.2M14.5 11.8c1.7.5 2.8 1.9 3 4.2" />
  </Icon>
);
export const FlyIcon = () => (
  <Icon>
    <path d="m10 3 5.5 13.5L10 13.5 4.5 16.5z" />
  </Icon>
);
export const ShipIcon = () => (
  <Icon>
    <path d="M3 12.5h14l-2 4H5zM6 12.5v-4h7v4M9.5 8.5v-4" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m5 5 10 10M15 5 5 15" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <path d="M8.8 14.6a5.8 5.8 0 1 0 0-11.6 5.8 5.8 0 0 0 0 11.6zM13 13l4 4" />
  </Icon>
);
export const PinIcon = () => (
  <Icon>
    <path d="M7.5 3h5l-.6 5 2.6 3H5.5l2.6-3zM10 11v6" />
  </Icon>
);
export const InfoIcon = () => (
  <Icon>
    <path d="M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4zM10 9v5M10 6.2v.1" />
  </Icon>
);
export const ClipIcon = () => (
  <Icon>
    <path d="m8 10.5 4-4a2 2 0 0 1 3 3l-5.5 5.5a3.5 3.5 0 0 1-5-5l5-5" />
  </Icon>
);
export const InboxIcon = () => (
  <Icon>
    <path d="M3.5 11 5.5 4h9l2 7v5h-13zM3.5 11H7l1 2h4l1-2h3.5" />
  </Icon>
);
export const WalletIcon = () => (
  <Icon>
    <path d="M15.5 6.5V4.5h-11a1.5 1.5 0 0 0 0 3H17v9H4.5A1.5 1.5 0 0 1 3 15V6M13.5 12v.1" />
  </Icon>
);
