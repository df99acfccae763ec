// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepFocus } from "../../src/shell/focus.js";

let end: () => void;

beforeEach(() => {
  document.body.innerHTML = `
    <main id="room" tabindex="-1"></main>
    <aside tabindex="-1"><p><button id="inner">in</button></p></aside>
    <p id="outer"><button>out</button></p>`;
  end = keepFocus();
});
afterEach(() => end());

const button = (place: string): HTMLButtonElement => document.querySelector(`${place} button`)!;

test("the focus goes to what stood around a button that was removed", async () => {
  button("aside").focus();
  document.querySelector("aside p")!.remove();
  await vi.waitFor(() => expect(document.activeElement).toBe(document.querySelector("aside")));
});

test("the focus goes to the room where nothing around can have it", async () => {
  button("#outer").focus();
  document.querySelector("#outer")!.remove();
  await vi.waitFor(() => expect(document.activeElement?.id).toBe("room"));
});

test("the focus stays with a row that a list in another order takes out and puts in again", async () => {
  const had = button("#outer");
  had.focus();
  had.blur(); // as a browser does
  document.body.append(had);
  await vi.waitFor(() => expect(document.activeElement).toBe(had));
});

test("the focus stays where it was put meanwhile, and is not taken back after a click elsewhere", async () => {
  const frames = (): Promise<void> => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 5)));
  button("aside").focus();
  document.querySelector("aside p")!.remove();
  button("#outer").focus();
  await frames();
  expect(document.activeElement).toBe(button("#outer"));
  button("#outer").blur();
  document.body.append(document.createElement("hr"));
  await frames();
  expect(document.activeElement).toBe(document.body);
});
