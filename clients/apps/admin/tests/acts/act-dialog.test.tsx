// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ActDialog } from "../../src/acts/act-dialog.js";
import { asked, begin, type Act } from "../../src/acts/acts.js";
import { Toast } from "../../src/acts/toast.js";

const FREEZE: Act = {
  name: "Freeze",
  text: "Nobody posts until it is thawed.",
  path: "/api/admin/rooms/attic/freeze",
  done: "The room is frozen.",
  undo: { name: "Thaw", text: "", path: "/api/admin/rooms/attic/thaw", done: "The room is thawed." },
};

let sent: { url: string; body: Record<string, string> }[];
let answers: Response[];

beforeEach(() => {
  sent = [];
  answers = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    sent.push({ url, body: JSON.parse(String(init.body)) });
    return answers.shift() ?? Response.json({});
  });
  render(
    <>
      <ActDialog />
      <Toast />
    </>,
  );
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  asked.value = null;
});

const type = (name: RegExp, value: string): boolean =>
  fireEvent.input(screen.getByLabelText(name), { target: { value } });
const submit = (): boolean => fireEvent.submit(document.querySelector("form")!);

test("an act is sent with its reason, and can be undone", async () => {
  begin(FREEZE);
  await screen.findByRole("heading", { name: "Freeze" });
  type(/Reason/, "  a raid ");
  submit();
  await screen.findByText("The room is frozen.");
  expect(sent[0]).toMatchObject({ url: FREEZE.path, body: { reason: "a raid" } });
  fireEvent.click(screen.getByRole("button", { name: "Undo" }));
  await screen.findByText("The room is thawed.");
  expect(sent[1]).toMatchObject({ url: FREEZE.undo!.path, body: { reason: "Undoes: a raid" } });
});

test("a refused act stays open, and its next try has the same id", async () => {
  answers = [Response.json({ error: { code: "unavailable", message: "Busy.", retryable: true } }, { status: 503 })];
  begin(FREEZE);
  await screen.findByRole("heading", { name: "Freeze" });
  submit();
  expect(await screen.findByText("Busy.")).toBeTruthy();
  submit();
  await screen.findByText("The room is frozen.");
  expect(sent[0]!.body["id"]).toBe(sent[1]!.body["id"]);
});

test("what destroys waits until its name is typed", async () => {
  begin({ ...FREEZE, name: "Delete", typed: "attic" });
  const button = (await screen.findByRole("button", { name: "Delete" })) as HTMLButtonElement;
  expect(button.disabled).toBe(true);
  type(/Type attic/, "attic");
  await waitFor(() => expect(button.disabled).toBe(false));
});
