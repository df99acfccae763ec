"""Limits of connections and requests: what one client, one address and all together may cost."""

from __future__ import annotations

from pydantic_settings import BaseSettings

from parlour.settings.fields import above, at_least, setting


class ConnectionLimits(BaseSettings):
    """Message sizes, rates, time limits of a socket, sockets of the process, and calls of the HTTP API."""

    message_bytes: int = setting(
        65_536, "Largest Engine.IO message.", unit="bytes", told=True, why="Holds the largest body and its envelope."
    )
    attachment_bytes: int = setting(
        256 * 1024,
        "Binary attachments of one packet, together.",
        unit="bytes",
        why="Holds the largest document update.",
    )
    attachments: int = setting(
        10,
        "Binary attachments of one packet.",
        unit="attachments",
        why="Stock parsers take no more than 10.",
        bounds=at_least(0, 10),
    )
    json_depth: int = setting(32, "Nesting of a request's JSON.", unit="levels", why="Deeper costs a parser its stack.")
    json_keys: int = setting(
        1000, "Keys of one JSON object.", unit="keys", why="More is a hash table to build for a stranger."
    )
    posts_per_second: float = setting(
        50, "Posts of one connection.", unit="a second", told=True, why="More than people write, little for a flood."
    )
    posts_burst: int = setting(
        500, "Posts of one connection at once, after a pause.", unit="posts", told=True, why="A bot catches up."
    )
    update_bytes_per_second: int = setting(
        2 << 20,
        "Bytes of document updates of one connection, and twice as many at once.",
        unit="bytes a second",
        told=True,
        why="Everybody in the document gets them; a page written offline comes in a few parts.",
        bounds=at_least(1),
    )
    signals_per_second: float = setting(
        100,
        "Signals of one connection.",
        unit="a second",
        told=True,
        why="A pointer moves smoothly.",
        bounds=above(0),
    )
    signals_burst: int = setting(
        200,
        "Signals of one connection at once.",
        unit="signals",
        told=True,
        why="Two seconds of them.",
        bounds=at_least(1),
    )
    joins_per_second: float = setting(
        20, "Joins and leaves of one account.", unit="a second", told=True, why="A page follows a few rooms."
    )
    joins_burst: int = setting(
        500, "Joins and leaves of one account at once.", unit="joins", told=True, why="A bot returns to all its rooms."
    )
    reads_per_second: float = setting(
        20,
        "Pages, lists, members, presence and reading positions of one account.",
        unit="a second",
        told=True,
        why="A page asks for a few; each reads or writes the database.",
    )
    reads_burst: int = setting(
        100, "Reads of one account at once.", unit="requests", told=True, why="Several tabs load together."
    )
    lookups_per_second: float = setting(
        5,
        "Look-ups on a chain and depths of markets by one account.",
        unit="a second",
        told=True,
        why="Each is a call to the chain's node, or several.",
        bounds=above(0),
    )
    lookups_burst: int = setting(
        20, "Look-ups of one account at once.", unit="look-ups", told=True, why="A page shows a block's transactions."
    )
    searches_per_minute: int = setting(
        60, "Searches of one account.", unit="a minute", told=True, why="Each walks through a room's texts."
    )
    changes_per_minute: int = setting(
        30,
        "Changes of settings, people, invitations and watches by one account, as many at once.",
        unit="a minute",
        told=True,
        why="People change a few; each stays in the log and is told to everybody.",
    )
    profiles_per_minute: int = setting(
        10, "Changes of one account's profile.", unit="a minute", told=True, why="Names are shown to everybody."
    )
    matches_per_minute: int = setting(
        30, "Times one account looks for a table.", unit="a minute", told=True, why="Each is an entry in a line's log."
    )
    reports_per_hour: int = setting(
        30, "Messages that one account reports.", unit="an hour", told=True, why="Moderators read each of them."
    )
    direct_rooms_per_hour: int = setting(
        30,
        "New direct rooms of one account.",
        unit="an hour",
        told=True,
        why="Each reaches people who may be strangers.",
    )
    invitations_per_hour: int = setting(
        10,
        "Invitations of one account to one other, over all rooms.",
        unit="an hour",
        told=True,
        why="Each is a notice on every device of a person who may be a stranger.",
    )
    unknown_rooms_per_minute: int = setting(
        60,
        "Requests of one connection that name rooms that there are not.",
        unit="a minute",
        told=True,
        why="Links die; whoever asks for more is guessing.",
    )
    unknown_rooms_burst: int = setting(
        120,
        "Requests at once of one connection that name rooms that there are not.",
        unit="requests",
        told=True,
        why="A client returns to rooms that are gone.",
    )
    refusals_per_second: float = setting(
        50,
        "Refusals of one connection as too fast; one more, and nothing of it is read for a quarter of a second.",
        unit="a second",
        why="A refusal costs the server about 0.1 ms, and whoever goes on after hundreds does not read them.",
    )
    refusals_burst: int = setting(
        500,
        "Refusals of one connection at once, after a pause.",
        unit="refusals",
        why="A bot that sends all it has learns its limits.",
    )
    outstanding: int = setting(
        256,
        "Requests of one connection without an ack.",
        unit="requests",
        told=True,
        why="Each holds memory until it is answered.",
    )
    large_outstanding: int = setting(
        4,
        "Joins, lists and pages of one connection under way at once.",
        unit="requests",
        why="The answer to each may be megabytes in memory.",
        bounds=at_least(1),
    )
    send_queue_bytes: int = setting(
        1 << 20,
        "Bytes that may wait for a slow reader, beyond a join answer under way, before it is cut.",
        unit="bytes",
        told=True,
        why="The memory that one slow reader may hold.",
    )
    volatile_bytes: int = setting(
        65_536,
        "Bytes waiting for one reader above which signals and presence are not queued for it any more.",
        unit="bytes",
        why="Old ones are worth nothing, and entries need the room.",
        bounds=at_least(0),
    )

    connect_timeout: float = setting(
        10,
        "Time a socket may stay without signing in or being a guest.",
        unit="seconds",
        why="Clients send their token at once.",
    )
    handshake_timeout: float = setting(
        10,
        "Time for the head of a request, the body of a polling POST or the probe of an upgrade to arrive.",
        unit="seconds",
        why="Phones on a bad network need a few; whoever takes longer holds a descriptor for nothing.",
        bounds=above(0),
    )
    close_timeout: float = setting(
        2,
        "Time a closing socket may take to read its last frames; then it is aborted.",
        unit="seconds",
        why="Its memory is free after this.",
        bounds=above(0),
    )
    ping_interval: float = setting(25, "Time between heartbeats.", unit="seconds", why="The default of Socket.IO.")
    ping_timeout: float = setting(
        20, "Time a client may take to answer a heartbeat.", unit="seconds", why="The default of Socket.IO."
    )
    connections: int = setting(
        100_000,
        "Sockets of this process; beyond, 503 with a time to come back.",
        unit="sockets",
        why="Each takes a descriptor and at least 4 KiB.",
    )
    connecting: int = setting(
        1024, "Sign-ins of sockets under way at once; beyond, 503.", unit="sockets", why="Each reads the database."
    )

    http_per_minute: int = setting(
        600,
        "API calls of one IP address (IPv6: of one /64), and of one account.",
        unit="a minute",
        why="Pages and bots need fewer.",
    )
    http_burst: int = setting(6000, "API calls at once.", unit="calls", why="An export reads page after page.")
