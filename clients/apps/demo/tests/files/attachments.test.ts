// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { ParlourError, type FileInfo, type UploadOptions } from "@parlour/client";
import { Attachments } from "../../src/files/attachments.js";
import { settle } from "../inside.js";

interface Upload {
  options: UploadOptions;
  done: (file: FileInfo) => void;
  fail: (error: Error) => void;
}

/** A room whose uploads end when a test says so. */
function openRoom() {
  const uploads: Upload[] = [];
  const upload = (_: unknown, options: UploadOptions = {}): Promise<FileInfo> =>
    new Promise((done, fail) => uploads.push({ options, done, fail }));
  return { uploads, attachments: new Attachments({ upload }) };
}

const note = (name = "note.txt"): File => new File(["for all"], name, { type: "text/plain" });

test("a file is on its way until the server has it", async () => {
  const { uploads, attachments } = openRoom();
  attachments.add([note()]);
  uploads[0]!.options.onProgress!(0.5);
  expect([attachments.busy, attachments.hashes]).toEqual([true, []]);
  expect(attachments.list.value).toMatchObject([{ name: "note.txt", bytes: 7, part: 0.5 }]);
  uploads[0]!.done({ hash: "0x1", name: "note.txt", type: "text/plain", bytes: 7 });
  await settle();
  expect([attachments.busy, attachments.hashes]).toEqual([false, ["0x1"]]);
});

test("what is taken back is no longer sent", () => {
  const { uploads, attachments } = openRoom();
  attachments.add([note()]);
  attachments.remove(attachments.list.value[0]!.key);
  expect(uploads[0]!.options.signal!.aborted).toBe(true);
  expect(attachments.list.value).toEqual([]);
});

test("a refused file says why, and keeps nobody waiting", async () => {
  const { uploads, attachments } = openRoom();
  attachments.add([note()]);
  uploads[0]!.fail(new ParlourError({ code: "too_large", message: "Too large.", retryable: false }));
  await settle();
  expect(attachments.list.value).toMatchObject([{ problem: "Too large.", file: null }]);
  expect([attachments.busy, attachments.hashes]).toEqual([false, []]);
});

test("a message takes ten files", () => {
  const { uploads, attachments } = openRoom();
  attachments.add(Array.from({ length: 12 }, (_, at) => note(`${at}.txt`)));
  expect(uploads).toHaveLength(10);
});
