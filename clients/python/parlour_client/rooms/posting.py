"""Writing into a room: posts, chat, moves and signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from parlour_client.entries import Posted
from parlour_client.ports import Content
from parlour_client.rooms.handle import Handle
from parlour_client.signing import signed
from parlour_client.types_gen import AddressCard, FileInfo, RoomCard, TransactionCard
from parlour_client.wire import given

CHAT_MESSAGE = "chat.message"


class Posting(Handle):
    """What a handle writes."""

    async def post(
        self,
        *entry: str | Mapping[str, Any] | bytes,
        type: str | None = None,
        body: str | Mapping[str, Any] | bytes | None = None,
        id: str | None = None,
        timeout: float | None = None,
    ) -> Posted:
        """Append an entry: `await room.post("app.score", {"points": 3})`; returns once it is durable.

        Signed where the room takes signed posts only.

        Args:
            entry: its type, and its body, JSON or bytes. A text alone is a chat message. The body may come first.
            type, body: the same by their names.
            id: makes repeating it safe; drawn where None. Reuse it to repeat a post from another process.
            timeout: seconds over all tries; by default the client's.

        Raises:
            ParlourError: refused; ConnectionLost where the outcome is unknown (post again with the same `id`).
        """
        type, body = type_and_body(entry, type, body)
        content = {"text": body} if isinstance(body, str) else body if isinstance(body, bytes) else dict(body)
        post: dict[str, Any] = {"room": self.id, "id": id or uuid4().hex, "type": type, "body": content}
        if self.signed and self._sending.signer is not None and self._replica.known is not None:
            post = signed(post, self._replica.known, self._sending.signer)
        ack = await self._sending.outbox.send(post, timeout)
        return Posted(ack["seq"], ack["at"], ack["hash"], bool(ack.get("duplicate")))

    async def say(
        self,
        text: str,
        *,
        reply_to: int | None = None,
        thread: int | None = None,
        mentions: Sequence[str] | None = None,
        files: Sequence[str] | None = None,
        card: TransactionCard | AddressCard | RoomCard | None = None,
        id: str | None = None,
    ) -> Posted:
        """Post a chat message, perhaps as an answer to the entry `reply_to`. Raises as `post`.

        Args:
            thread: the message in whose thread it is.
            mentions: accounts; `@here` is everybody who is here now, `@room` (for moderators) everybody in the room.
            files: hashes of files that this account uploaded to the room; the text may be empty beside them.
            card: what is shown beside the text, such as `{"chain": 1, "tx": hash}` or `{"room": id}`.
        """
        also = given(mentions=_listed(mentions), files=_listed(files), card=card)
        return await self.post(given(text=text, replyTo=reply_to, thread=thread) | also, id=id)

    async def reply(
        self,
        seq: int,
        text: str,
        *,
        thread: int | None = None,
        mentions: Sequence[str] | None = None,
        files: Sequence[str] | None = None,
        id: str | None = None,
    ) -> Posted:
        """Answer the message `seq`. Args and errors as for `say`."""
        return await self.say(text, reply_to=seq, thread=thread, mentions=mentions, files=files, id=id)

    async def upload(self, content: Content | Path, *, name: str | None = None) -> FileInfo:
        """Bring a file into the room; `say("", files=[file["hash"]])` names it. Args and errors as `Parlour.upload`."""
        return await self._sending.upload(self.id, content, name=name)

    async def track(self, chain: int, hash: str, **more: Any) -> Posted:
        """Let the room track a transaction; `wallet.transaction` entries say what becomes of it. Raises as `post`.

        Args:
            more: `from_`, `nonce` and `to`, where the wallet knows them before any node does; `deadline` in ms.
        """
        named = {key.rstrip("_"): value for key, value in more.items()}
        return await self.post({"chain": chain, "hash": hash, **named}, "wallet.track")

    async def edit(
        self,
        seq: int,
        text: str,
        *,
        mentions: Sequence[str] | None = None,
        files: Sequence[str] | None = None,
        id: str | None = None,
    ) -> Posted:
        """Replace the text of one's own message `seq`; mentions and files stay where None. Raises as `post`."""
        body = given(of=seq, text=text, mentions=_listed(mentions), files=_listed(files))
        return await self.post(body, "chat.edit", id=id)

    async def remove(self, seq: int, *, reason: str | None = None) -> Posted:
        """Delete the message `seq`: one's own, or as a moderator another's. Raises as `post`."""
        return await self.post(given(of=seq, reason=reason), "chat.delete")

    async def delete(self, seq: int, *, reason: str | None = None) -> Posted:
        """The earlier name of `remove`."""
        return await self.remove(seq, reason=reason)

    async def react(self, of: int, emoji: str, on: bool = True) -> Posted:
        """Put a reaction on the message `of`, or take it off. Raises as `post`."""
        return await self.post({"of": of, "emoji": emoji, "on": on}, "chat.reaction")

    async def pin(self, seq: int, on: bool = True) -> Posted:
        """Pin the message `seq`, or unpin it; moderators may. Raises as `post`."""
        return await self.post({"of": seq, "on": on}, "chat.pin")

    async def resolve(self, seq: int, on: bool = True) -> Posted:
        """Mark the comment `seq` as dealt with, or open it again. Raises as `post`."""
        return await self.post({"of": seq, "on": on}, "chat.resolve")

    async def act(self, action: str, /, **args: Any) -> Posted:
        """Do something in a game: `await room.act("place", cell=4)`.

        Raises:
            Illegal: the rules refuse; `reason` says why. Otherwise as `post`.
        """
        return await self.post({"action": action, "args": args}, "game.action")

    async def ready(self, on: bool = True) -> None:
        """Say in a party that one is ready to play, or is not. Raises ParlourError."""
        await self.request("party:ready", on=on)

    async def signal(self, type: str, body: Any = None) -> None:
        """Send news to those who are here now: never stored, never sent again.

        Raises:
            ParlourError: refused; Unavailable where it cannot be sent now, or its ack was lost.
        """
        await self.request("room:signal", type=type, body=body)


def type_and_body(entry: tuple[Any, ...], type: str | None, body: Any) -> tuple[str, Any]:
    """Tell type and body of a post apart, which come in either order. Raises TypeError where they are not those two."""
    if len(entry) == 2 and type is None and body is None:
        type, body = reversed(entry) if isinstance(entry[1], str) else entry
    elif len(entry) == 1 and body is None:
        type, body = type or CHAT_MESSAGE, entry[0]
    elif len(entry) == 1 and type is None:
        type = entry[0]
    elif entry or body is None:
        raise TypeError('A post has a type and a body: `post("app.score", {"points": 3})`.')
    type = CHAT_MESSAGE if type is None else type
    if not isinstance(type, str):
        raise TypeError(f"A post's type is a string, not {type!r}.")
    return type, body


def _listed(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)
