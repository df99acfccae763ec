import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Room } from "@parlour/client";
import { formatBytes } from "@parlour/ui/format";
import { fileFacts, type FileFacts } from "./facts.js";

/** Shows a file of a message: an image, audio or video in the page, anything else to save. */
export function FileCard({ room, hash }: { room: Room; hash: string }) {
  const facts = useSignal<FileFacts | null | undefined>(undefined);
  useEffect(() => {
    fileFacts(room, hash).then(
      (found) => (facts.value = found),
      () => (facts.value = null),
    );
  }, [hash]);
  if (facts.value === undefined) return <p class="file fine">Looking for the file…</p>;
  if (facts.value === null) return <p class="file fine">This file is not there any more.</p>;
  const { name, type, bytes, url } = facts.value;
  return (
    <figure class="file">
      <Preview name={name} type={type} url={url} />
      <figcaption>
        <button class="link" tabIndex={-1} onClick={() => void open(room, hash)}>
          {name}
        </button>{" "}
        <span class="fine">{formatBytes(bytes)}</span>
      </figcaption>
    </figure>
  );
}

function Preview({ name, type, url }: { name: string; type: string; url: string }) {
  if (/^image\/(png|jpeg|gif|webp|avif)$/.test(type)) return <img src={url} alt={name} loading="lazy" />;
  if (type.startsWith("audio/")) return <audio src={url} controls aria-label={name} />;
  if (type.startsWith("video/")) return <video src={url} controls aria-label={name} />;
  return null;
}

/** Open a file in a tab of its own, by an address that still holds. */
async function open(room: Room, hash: string): Promise<void> {
  const tab = window.open("about:blank", "_blank");
  const { url } = await fileFacts(room, hash);
  if (tab) {
    tab.opener = null;
    tab.location.href = url;
  } else location.assign(url);
}
