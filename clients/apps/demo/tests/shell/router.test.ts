// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { followAddress, goTo, route } from "../../src/shell/router.js";

test("an address that is no percent-encoding names the room as it stands", () => {
  followAddress();
  location.hash = "#/100%";
  window.dispatchEvent(new Event("hashchange"));
  expect(route.value.room).toBe("100%");
});

test("going to the room that is in the address tries again", () => {
  location.hash = "#/lobby";
  window.dispatchEvent(new Event("hashchange"));
  const before = route.value;
  goTo("lobby");
  expect(route.value).toEqual({ room: "lobby" });
  expect(route.value).not.toBe(before);
});
