/**
 * The log's keys: up and down from message to message, above the first of them to the button for those before; right
 * and left through what can be done with one.
 */
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
  const older = log.querySelector<HTMLElement>(".older:not([disabled])");
  if (focused === older) return key === "ArrowDown" ? messages[0] : key === "Escape" ? log : undefined;
  if (!message)
    return key === "ArrowUp" && focused === log ? (lastInView(log, messages) ?? older ?? undefined) : undefined;
  const tools = [...message.querySelectorAll<HTMLElement>("button")];
  const at = messages.indexOf(message);
  const tool = tools.indexOf(focused);
  switch (key) {
    case "ArrowUp":
      return messages[at - 1] ?? older ?? message;
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

/** Somebody who reads far back is not led away from there. */
function lastInView(log: HTMLElement, messages: HTMLElement[]): HTMLElement | undefined {
  const { bottom } = log.getBoundingClientRect();
  return messages.findLast((message) => message.getBoundingClientRect().top <= bottom);
}
