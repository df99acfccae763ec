/** The log's keys: up and down from message to message, right and left through what can be done with one. */
export function walkMessages(event: KeyboardEvent): void {
  const log = event.currentTarget as HTMLElement;
  const next = targetOf(event.key, log, event.target as HTMLElement);
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function targetOf(key: string, log: HTMLElement, focused: HTMLElement): HTMLElement | undefined {
  const messages = [...log.querySelectorAll<HTMLElement>(".message")];
  const message = focused.closest<HTMLElement>(".message");
  if (!message) return key === "ArrowUp" && focused === log ? messages.at(-1) : undefined;
  const tools = [...message.querySelectorAll<HTMLElement>("button")];
  const at = messages.indexOf(message);
  const tool = tools.indexOf(focused);
  switch (key) {
    case "ArrowUp":
      return messages[Math.max(0, at - 1)];
    case "ArrowDown":
      return messages[at + 1];
    case "Home":
      return messages[0];
    case "End":
      return messages.at(-1);
    case "ArrowRight":
      return tools[tool + 1];
    case "ArrowLeft":
      return tool <= 0 ? message : tools[tool - 1];
    case "Escape":
      return log;
    default:
      return undefined;
  }
}
