/** Follows an answer in lines of JSON (NDJSON) for as long as the server keeps it open. */
import { send } from "./api.js";

/** Call `take` with every line. Ends with the answer, or quietly with `signal`. @throws ParlourError as `send`. */
export async function followLines<Line>(
  path: string,
  signal: AbortSignal,
  take: (lines: Line[]) => void,
): Promise<void> {
  const answer = await send(path, "GET", undefined, signal);
  const reader = answer.body!.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n");
      rest = parts.pop()!;
      const lines = parts.filter(Boolean).map((line) => JSON.parse(line) as Line);
      if (lines.length) take(lines);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
