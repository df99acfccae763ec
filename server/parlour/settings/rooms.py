"""Settings of rooms: who may create them, what each may cost, how long its log is stored."""

from __future__ import annotations

from typing import Literal

from pydantic_settings import BaseSettings

from parlour.settings.fields import Listed, above, at_least, setting


class RoomSettings(BaseSettings):
    """Room ids and kinds, the bounds of one live room, games' ticks, live lists and retention."""

    room_ids: Literal["free", "own", "random"] = setting(
        "free", "Who chooses room ids: anybody, only ids that begin with one's account, or the server."
    )
    games: Listed = setting((), "More games, as `module:Class`.")
    rooms_owned: int = setting(
        100,
        "Open rooms of one account.",
        unit="rooms",
        told=True,
        why="Nobody takes all the good names.",
        bounds=at_least(0),
    )
    rooms_live: int = setting(
        10_000,
        "Rooms open at once in this process.",
        unit="rooms",
        why="Each holds its newest entries in memory; with several nodes, one that is full leaves rooms to the others.",
        bounds=at_least(0),
    )
    rooms_per_minute: int = setting(
        60, "Rooms one account or IP address may create.", unit="a minute", told=True, why="Each stays in the database."
    )
    rooms_burst: int = setting(
        300, "Rooms created at once.", unit="rooms", told=True, why="A tournament opens its tables."
    )

    thread_levels: int = setting(
        1_000,
        "Threads of one room of which an account says how much it wants to hear.",
        unit="threads",
        why="Each is a row that is read when somebody writes in its thread.",
    )
    presence_data_bytes: int = setting(
        64 * 1024,
        "What the connections in one room show by signals of the type `presence`, together; one account a sixteenth.",
        unit="bytes",
        why="Every newcomer gets all of it with the join.",
    )
    body_bytes: int = setting(
        32_768, "Largest canonical body of an entry.", unit="bytes", told=True, why="Every member downloads it."
    )
    update_bytes: int = setting(
        256 * 1024,
        "Largest update of a document.",
        unit="bytes",
        told=True,
        why="A page that is pasted or edited offline; more is sent in parts.",
        bounds=at_least(1),
    )
    searched_characters: int = setting(
        250_000,
        "Characters of a document that search finds it by, from its beginning.",
        unit="characters",
        why="A hundred pages; the database's one writer indexes them in 70 ms after each rest, and posts wait.",
        bounds=at_least(0),
    )
    room_posts_per_second: float = setting(
        2000,
        "Posts of one room.",
        unit="a second",
        told=True,
        why="A thousand people post twice a second each.",
        bounds=above(0),
    )
    room_posts_burst: int = setting(
        10_000,
        "Posts of one room at once.",
        unit="posts",
        told=True,
        why="Everybody posts when a goal is scored.",
        bounds=at_least(1),
    )
    room_signals_per_second: float = setting(
        5000,
        "Signals of one room.",
        unit="a second",
        told=True,
        why="A thousand people send five a second each, and each goes to everybody.",
        bounds=above(0),
    )
    room_signals_burst: int = setting(
        10_000,
        "Signals of one room at once.",
        unit="signals",
        told=True,
        why="Ten for each of a thousand people.",
        bounds=at_least(1),
    )
    mailbox: int = setting(
        10_000,
        "Requests that wait in one room; beyond, senders get `unavailable`.",
        unit="requests",
        why="Everybody in it posts at once; a room that is stuck holds this much memory.",
        bounds=at_least(1),
    )
    turn_ms: float = setting(
        5,
        "How long one room decides at a stretch while others wait; what is left waits for its next turn.",
        unit="milliseconds",
        why="Rooms take turns; a turn of ten busy rooms still answers within a tenth of a second.",
        bounds=above(0),
    )
    turn_deliveries: int = setting(
        20_000,
        "Posts of one room's turn times the connections in it; what is left waits for its next turn.",
        unit="deliveries",
        why="Sending them takes about 20 ms, and the other rooms wait meanwhile.",
        bounds=at_least(1),
    )
    handler_entries: int = setting(
        10_000,
        "Stored entries of one room that wait for a slow function of `Parlour.on` (docs/embedding.md); beyond, the "
        "oldest is skipped.",
        unit="entries",
        why="As many as its mailbox: a function that is stuck holds this much memory.",
        bounds=at_least(1),
    )
    tail_bytes: int = setting(
        256 << 20,
        "Newest entries of all rooms kept in memory for joins and resends; beyond, those of the quietest rooms go.",
        unit="bytes",
        why="Half a million messages: of ten thousand busy rooms the last fifty of each. Others are read.",
        bounds=at_least(1 << 20),
    )
    known_ids: int = setting(
        1000,
        "Newest posts of a room that a resend is answered from memory for; for older ones the store is asked.",
        unit="posts",
        why="Raise it where clients are away for long.",
        bounds=at_least(1),
    )
    replay_entries: int = setting(
        1000,
        "Largest gap that a join recovers by replay, else by a snapshot.",
        unit="entries",
        told=True,
        why="A snapshot costs less than more entries.",
    )
    replay_bytes: int = setting(
        512 * 1024,
        "Largest gap in bytes that a join recovers by replay.",
        unit="bytes",
        told=True,
        why="As for `replay_entries`.",
    )
    snapshot_seconds: float = setting(
        600,
        "Longest time between two stored snapshots of a room in use.",
        unit="seconds",
        why="Opening it after a crash reads little log; a shorter time costs writes.",
        bounds=above(0),
    )
    idle_seconds: float = setting(
        60,
        "A room nobody is in leaves memory after this.",
        unit="seconds",
        why="A page that is loaded again finds it open.",
    )
    return_seconds: float = setting(
        10,
        "How long after a restart players may take to come back before they count as dropped.",
        unit="seconds",
        why="Reconnects are spread over 2 s; slow networks take more.",
        bounds=at_least(0),
    )

    tick_share: float = setting(
        0.25,
        "Part of its period that a game's tick may take; above, the game is slowed down, then stopped.",
        unit="of a period",
        why="One core carries the chat and the other games too.",
        bounds=above(0, 1),
    )
    tick_most_ms: float = setting(
        30,
        "The longest tick, whatever its period.",
        unit="milliseconds",
        why="Everybody else waits that long.",
        bounds=above(0),
    )

    state_at_entries: int = setting(
        20_000,
        "Entries that one `GET /api/rooms/<id>/state?at=` folds at most.",
        unit="entries",
        why="About two seconds of work, in small pieces beside everything else.",
        bounds=at_least(1),
    )
    state_at_share: float = setting(
        0.1,
        "Part of one core that reading past states may take; one account or guest's address has half of it.",
        unit="of a core",
        why="Enough for about 40 a second, and a person who moves a time slider asks for three; live rooms come first.",
        bounds=above(0, 1),
    )

    match_seconds: float = setting(
        20, "Time to take the seat at a table that was found.", unit="seconds", why="The others wait for it."
    )
    match_away_seconds: float = setting(
        60,
        "How long a ticket outlives its holder's last connection.",
        unit="seconds",
        why="A phone changes its network; whoever is gone longer would leave others waiting at a table.",
        bounds=at_least(0),
    )

    lobby_ms: int = setting(
        250,
        "Changes of a live room list are told together, this far apart.",
        unit="milliseconds",
        why="People read them, and a tournament that starts is one event.",
        bounds=at_least(0),
    )
    lobby_reread_seconds: float = setting(
        5,
        "How late a live list may be about rooms of another process of the same database.",
        unit="seconds",
        why="Each list reads its page from the database this often.",
        bounds=above(0),
    )
    lobby_lists: int = setting(
        256,
        "Different live lists at once.",
        unit="lists",
        why="Each is a page of up to 200 rooms in memory, read again every few seconds.",
        bounds=at_least(0),
    )

    idle_status_seconds: float = setting(
        300,
        "Without a request for so long an account is idle.",
        unit="seconds",
        why="As in other chats.",
    )
    notice_days: float = setting(
        90, "Notices are kept for so long.", unit="days", why="Whoever was away for a season finds what was about them."
    )
    retain_days: float = setting(
        0,
        "Entries older than this may be dropped; 0 keeps all.",
        unit="days",
        why="Nothing goes unasked.",
        bounds=at_least(0),
    )
    retain_entries: int = setting(
        1000,
        "The newest entries of a room that stay, however old.",
        unit="entries",
        why="Whoever opens a quiet room finds something in it.",
        bounds=at_least(0),
    )
