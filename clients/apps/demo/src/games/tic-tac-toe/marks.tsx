export function Cross() {
  return (
    <svg class="mark cross" viewBox="0 0 40 40" aria-hidden="true">
      <path d="M10 10 30 30" />
      <path d="M30 10 10 30" />
    </svg>
  );
}

export function Circle() {
  return (
    <svg class="mark circle" viewBox="0 0 40 40" aria-hidden="true">
      <circle cx="20" cy="20" r="11.5" />
    </svg>
  );
}
