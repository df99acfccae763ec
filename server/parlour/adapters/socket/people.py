"""Requests about people: blocks and profiles."""

from __future__ import annotations

from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.protocol.people import (
    AccountBlock,
    AccountBlocks,
    AccountProfile,
    AccountProfiles,
    AccountPush,
    AccountStatus,
    BlocksReply,
    ProfileReply,
    ProfilesReply,
)
from parlour.protocol.replies import Done
from parlour.runtime.push.subscriptions import Subscription


async def block(call: Call[AccountBlock]) -> dict[str, Any]:
    """Block an account, or no longer."""
    asked = call.parsed()
    return await call.backing.people.block(call.client.signed_in(), asked.account, asked.on)


async def blocks(call: Call[AccountBlocks]) -> dict[str, Any]:
    """List whom the caller blocks."""
    return await call.backing.people.blocks(call.client.signed_in())


async def profile(call: Call[AccountProfile]) -> dict[str, Any]:
    """Change the caller's profile."""
    asked, account = call.parsed(), call.client.signed_in()
    await call.backing.limiter.hit("profile", account)
    return await call.backing.people.set_profile(account, asked.model_dump(exclude_none=True))


async def profiles(call: Call[AccountProfiles]) -> dict[str, Any]:
    """Read profiles."""
    return await call.backing.people.profiles(call.parsed().accounts)


async def status(call: Call[AccountStatus]) -> dict[str, Any]:
    """Say how the caller is."""
    asked = call.parsed()
    call.backing.people.say(call.client.signed_in(), asked.status, asked.text or None, asked.until)
    return {}


async def push(call: Call[AccountPush]) -> dict[str, Any]:
    """Push the caller's notices to a browser, or no longer."""
    asked, account = call.parsed(), call.client.signed_in()
    told, subscriptions = asked.subscription, call.backing.subscriptions
    if asked.on:
        await subscriptions.subscribe(Subscription(account, told.endpoint, told.keys.p256dh, told.keys.auth))
    else:
        await subscriptions.unsubscribe(account, told.endpoint)
    return {}


SPECS = (
    RequestSpec("account:status", AccountStatus, Done, status, cost="change", mutates=True),
    RequestSpec("account:block", AccountBlock, Done, block, cost="change", mutates=True),
    RequestSpec("account:blocks", AccountBlocks, BlocksReply, blocks, cost="read"),
    RequestSpec("account:push", AccountPush, Done, push, cost="change", mutates=True),
    RequestSpec("account:profile", AccountProfile, ProfileReply, profile, cost="change", mutates=True),
    RequestSpec("account:profiles", AccountProfiles, ProfilesReply, profiles, cost="read"),
)
