import { signal } from "@preact/signals";

export interface Reply {
  name: string;
  run: () => Promise<void>;
}

interface Told {
  text: string;
  reply: Reply | undefined;
}

/** Milliseconds that a note stays: long enough to read it and to undo. */
const STAYS = 8_000;
const told = signal<Told | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Say something at the foot of the page for some seconds. */
export function tell(text: string, reply?: Reply): void {
  clearTimeout(timer);
  told.value = { text, reply };
  timer = setTimeout(() => (told.value = null), STAYS);
}

export function Toast() {
  const note = told.value;
  const answer = async ({ run }: Reply): Promise<void> => {
    told.value = null;
    try {
      await run();
    } catch (error) {
      tell((error as Error).message);
    }
  };
  return (
    <div class="toasts" role="status">
      {note && (
        <p class="toast">
          {note.text}
          {note.reply && (
            <button class="link" onClick={() => void answer(note.reply!)}>
              {note.reply.name}
            </button>
          )}
        </p>
      )}
    </div>
  );
}
