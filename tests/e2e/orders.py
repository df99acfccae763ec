"""The Python client of an older release, on orders from stdin: python orders.py <url> <private key>.

PYTHONPATH names that release's package. Each order is a line `{n, do, ...}`; its answer is `{n, answer}`, and what is
heard is `{entry}` and `{state}`.
"""

import asyncio
import json
import sys

import parlour_client

joined = {}


def tell(**news: object) -> None:
    print(json.dumps(news), flush=True)


async def obey(client: parlour_client.Parlour, order: dict) -> object:
    if order["do"] == "join":
        room = joined[order["room"]] = await client.enter(order["room"], as_=order.get("as"))
        room.on_entry(lambda entry: tell(entry={"room": room.id, "seq": entry.seq, "body": entry.body}))
        room.on_state(lambda state: tell(state={"room": room.id, "view": state}))
        return {"head": room.head, "seat": room.seat, "view": room.state}
    room = joined[order["room"]]
    if order["do"] == "say":
        return {"seq": (await room.say(order["text"])).seq}
    try:
        return {"seq": (await room.act(order["action"], **order["args"])).seq}
    except parlour_client.Illegal as refusal:
        return {"refused": refusal.reason}


async def main(url: str, key: str) -> None:
    async with parlour_client.connect(url, key, timeout=60) as client:
        tell(account=client.account, source=parlour_client.__file__)
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            tell(n=order["n"], answer=await obey(client, order))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
