"""Judging: each post is asked about at once, an account's own keep their order, and failures follow the setting."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest

from parlour.core.room import Post
from parlour.errors import Forbidden, Unavailable
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.moderation.judging import HELD_BY, OPEN_AT_ONCE, Judging, NoVerdict, Verdict
from parlour.testing.fakes import settle

ALICE, BOB = "0x" + "1" * 40, "0x" + "2" * 40


class FakeJudge:
    """Answers when the test says so, by the text."""

    def __init__(self) -> None:
        self.asked: dict[str, asyncio.Future[Verdict]] = {}

    async def ask(self, question: dict[str, Any]) -> Verdict:
        answer = self.asked[question["body"]["text"]] = asyncio.get_running_loop().create_future()
        return await answer


class Desk:
    """Judging with a fake judge; `passed` is what reached the room, in order."""

    def __init__(self, fails: Literal["allow", "refuse"] = "allow") -> None:
        self.judge = FakeJudge()
        self.passed: list[str] = []
        self.held: list[str] = []
        self.refused: list[Any] = []
        self.judging = Judging(self.judge, fails, self._submit)

    def _submit(self, room: str, request: RoomRequest) -> None:
        assert isinstance(request.command, Post)
        assert isinstance(request.command.body, dict)
        text = request.command.body["text"]
        self.passed.append(text)
        if request.command.hold == HELD_BY:
            self.held.append(text)

    async def post(self, text: str, author: str = ALICE, type_: str = "chat.message") -> None:
        command = Post(author, type=type_, body={"text": text}, id=text)
        self.judging.take("hall", RoomRequest(command, self.refused.append))
        await settle()

    async def answer(self, text: str, verdict: Any) -> None:
        future = self.judge.asked[text]
        if isinstance(verdict, Exception):
            future.set_exception(verdict)
        else:
            future.set_result(verdict)
        await settle()


ALLOW = Verdict("allow")


async def test_own_posts_keep_their_order_and_others_overtake() -> None:
    desk = Desk()
    await desk.post("first")
    await desk.post("second")
    await desk.post("other", BOB)
    await desk.answer("second", ALLOW)
    assert desk.passed == []
    await desk.answer("other", ALLOW)
    await desk.answer("first", ALLOW)
    assert desk.passed == ["other", "first", "second"]


async def test_refused_post_is_answered_and_the_next_goes_on() -> None:
    desk = Desk()
    await desk.post("bad")
    await desk.post("good")
    await desk.answer("good", ALLOW)
    await desk.answer("bad", Verdict("refuse", "Not here."))
    assert desk.passed == ["good"]
    [refusal] = desk.refused
    assert isinstance(refusal, Forbidden)
    assert (refusal.reason, refusal.message) == ("moderation", "Not here.")


@pytest.mark.parametrize(("type_", "passes"), [("chat.message", True), ("app.note", False)])
async def test_held_message_waits_and_other_entries_are_refused(type_: str, passes: bool) -> None:
    desk = Desk()
    await desk.post("hm", type_=type_)
    await desk.answer("hm", Verdict("hold"))
    assert (desk.held, len(desk.refused)) == ((["hm"], 0) if passes else ([], 1))


@pytest.mark.parametrize("fails", ["allow", "refuse"])
async def test_post_without_a_verdict_follows_the_setting(fails: Literal["allow", "refuse"]) -> None:
    desk = Desk(fails)
    await desk.post("hm")
    await desk.answer("hm", NoVerdict("TimeoutError"))
    assert desk.passed == (["hm"] if fails == "allow" else [])
    assert [type(each) for each in desk.refused] == ([] if fails == "allow" else [Unavailable])


async def test_questions_under_way_are_bounded() -> None:
    desk = Desk()
    for n in range(OPEN_AT_ONCE):
        await desk.post(f"m{n}", author=f"0x{n:040x}")
    await desk.post("beyond", author=BOB)
    assert (len(desk.judge.asked), desk.passed) == (OPEN_AT_ONCE, ["beyond"])
    assert desk.judging.counts["failed"] == 1
