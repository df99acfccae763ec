import { send } from "./api.js";

/** Save an answer as a file: a link would carry no token. @throws ParlourError as `send`. */
export async function download(path: string, name: string): Promise<void> {
  const answer = await send(path);
  const url = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
