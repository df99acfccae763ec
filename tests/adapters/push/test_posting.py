"""What push services are sent, and what their answers mean."""

from __future__ import annotations

import pytest

from parlour.adapters.push import posting
from parlour.adapters.push.posting import PushPosts
from parlour.adapters.push.vapid import Vapid
from parlour.runtime.push.subscriptions import Subscription
from parlour.testing.processes import free_port

NOBODY = Subscription("0xa", "https://push.invalid/x", "no point of the curve", "short")


async def test_browser_without_a_usable_key_is_gone_and_a_dead_service_comes_later() -> None:
    posts = PushPosts(Vapid(b"\1" * 32), "mailto:ops@example.com", lambda: 0)
    try:
        assert await posts.send(NOBODY, b"{}", "t") == "gone"
        key = Vapid(b"\2" * 32).public_key
        away = Subscription("0xa", f"https://127.0.0.1:{free_port()}/x", key, "A" * 22)
        assert await posts.send(away, b"{}", "t") == "later"
    finally:
        await posts.close()


@pytest.mark.parametrize(
    ("status", "means"),
    [(201, "sent"), (202, "sent"), (404, "gone"), (410, "gone"), (429, "later"), (503, "later"), (413, "refused")],
)
def test_answer_of_a_service_says_what_came_of_a_push(status: int, means: str) -> None:
    assert posting.meaning(status) == means
