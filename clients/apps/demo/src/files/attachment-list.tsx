import { formatBytes } from "@parlour/ui/format";
import type { Attachments } from "./attachments.js";

/** Shows the files of a message that is being written: how far each is, and how to take it back. */
export function AttachmentList({ attachments }: { attachments: Attachments }) {
  const list = attachments.list.value;
  if (list.length === 0) return null;
  return (
    <ul class="attachments" aria-label="Files of this message">
      {list.map(({ key, name, bytes, part, preview, file, problem }) => (
        <li key={key}>
          {preview && <img src={preview} alt="" width={40} height={40} />}
          <span class="attachment-name">{name}</span>
          {!file && !problem ? (
            <progress aria-label={`${name} is being sent`} value={part} max={1} />
          ) : (
            <span class={problem ? "fine problem-text" : "fine"} role={problem ? "alert" : undefined}>
              {problem || formatBytes(bytes)}
            </span>
          )}
          <button type="button" class="link" onClick={() => attachments.remove(key)}>
            Remove<span class="hidden"> {name}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
