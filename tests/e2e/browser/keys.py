"""Walks a page by the keyboard alone: after every key the focus is somewhere, and is to be seen."""

from __future__ import annotations

from playwright.async_api import Page, expect

MOST_STEPS = 80
"""Presses of a key until what is looked for has the focus; a page has fewer stops."""
FOCUSED = """() => {
  const at = document.activeElement;
  const name = at.getAttribute("aria-label") || (at.labels?.[0] ?? at).textContent.trim() || at.title;
  const { outlineStyle } = getComputedStyle(at);
  const field = at.type === "textarea" && at.closest(".composer");
  const ring = outlineStyle !== "none" || (field && getComputedStyle(field).boxShadow !== "none");
  const { bottom, top, right, left } = at.getBoundingClientRect();
  const inside = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
  return { name, seen: at !== document.body && inside && (ring || at.tabIndex < 0) };
}"""
"""What has the focus: its name as it is read out, and whether it is in sight with a ring around it.

A place that Tab does not lead to (the room, what stands beside it) needs no ring: nothing is done with it by a key.
"""


class Keys:
    """A person's keyboard."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, the focus being seen before each."""
        for key in keys:
            await self._look()
            await self._page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Write where the focus is."""
        await self._look()
        await self._page.keyboard.type(text)

    async def to(self, name: str, key: str = "Tab") -> None:
        """Press a key until what bears this name has the focus."""
        passed: list[str] = []
        for _ in range(MOST_STEPS):
            found = await self._look()
            if found == name:
                return
            passed.append(found)
            await self._page.keyboard.press(key)
        raise AssertionError(f"{key} does not lead to {name!r}, but to {passed}")

    async def act(self, name: str, key: str = "Tab") -> None:
        """Go to what bears this name, and press Enter on it."""
        await self.to(name, key)
        await self._page.keyboard.press("Enter")

    async def _look(self) -> str:
        """Return the name of what has the focus; it is somewhere, and in sight, as soon as the page is drawn."""
        await self._page.wait_for_function(f"() => ({FOCUSED})().seen")
        found: str = (await self._page.evaluate(FOCUSED))["name"]
        return found


async def focus_is_in(page: Page, selector: str) -> None:
    """Wait until the focus is within an element."""
    await expect(page.locator(f"{selector}:focus-within, {selector}:focus")).to_have_count(1)
