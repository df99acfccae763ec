"""A room that asks for a token: whoever has none in the chain as it is now is out, and who has some is let in."""

from __future__ import annotations

from contextlib import suppress

from parlour.testing.anvil import Deployed, RpcFault
from tests.gate_contracts import CONTRACTS, place_multicall
from tests.history.checker import Finding
from tests.history.kinds.place import Place, Workload, eventually
from tests.history.kinds.steady import Steady

ROOM = "club"
SINK = "0x" + "dd" * 20
HOLDERS = 3


class Doors(Workload):
    """People who get a coin, say something inside, and lose the coin."""

    name = "doors"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.people: list[Steady] = []

    async def start(self) -> None:
        chain = self.place.chain
        await place_multicall(chain)
        self.coin: Deployed = await chain.deploy(CONTRACTS["Coin"])
        await chain.mine(2)
        self.owner = await self.place.client("doorkeeper")
        gate = {"chain": chain.chain_id, "token": self.coin.address, "standard": "erc20"}
        await self.owner.done("room:create", kind="chat", id=ROOM, gate=gate)
        assert await self.owner.enter(ROOM)
        self.people = [await self.place.client(f"holder-{number}") for number in range(HOLDERS)]
        self.rooms = {ROOM: self.owner}

    async def act(self) -> None:
        person = self.place.chance.choice(self.people)
        with suppress(RpcFault):  # a reorganisation takes nonces and coins from under a transaction
            balance = await self.balance(person)
            if balance and self.place.chance.random() < 0.4:
                await self._spend(person.account, balance)
            elif not balance:
                await self.place.chain.transact(self.coin, "mint", person.account, 5, sender=1, wait=False)
        if await person.enter(ROOM):
            await person.post(ROOM, "chat.message", {"text": "inside"})  # or refused: the coin may be gone by now

    async def _spend(self, account: str, amount: int) -> None:
        """Send all coins away, without the key of the account."""
        chain = self.place.chain
        await chain.rpc("anvil_impersonateAccount", account)
        await chain.rpc("anvil_setBalance", account, hex(10**18))
        data = self.coin.encode("transfer", (SINK, amount))
        await chain.rpc("eth_sendTransaction", {"from": account, "to": self.coin.address, "data": data})

    async def balance(self, person: Steady) -> int:
        return int(await self.place.chain.call(self.coin, "balanceOf", person.account))

    async def check(self) -> list[Finding]:
        """Once the chain rests, those inside are those who hold; whoever does not is refused and was told so."""
        findings: list[Finding] = []
        first = self.people[0]
        if balance := await self.balance(first):  # one at least loses its coin while it is inside
            await first.enter(ROOM)
            await self._spend(first.account, balance)
        for person in self.people:
            holds = bool(await self.balance(person))

            async def as_held(person: Steady = person, holds: bool = holds) -> bool:
                return await person.enter(ROOM) is holds

            if not await eventually(as_held):
                findings.append(self.found("gate", ROOM, f"{person.name} holds: {holds}, out: {person.out.get(ROOM)}"))
            elif not holds and (await person.ask("room:history", room=ROOM))["ok"]:
                findings.append(self.found("gate", ROOM, f"{person.name} holds nothing and reads"))
        inside = {person.account for person in self.people if await self.balance(person)} | {self.owner.account}

        async def counted() -> bool:
            return set((await self.owner.done("room:presence", room=ROOM))["members"]) == inside

        if not await eventually(counted):
            findings.append(self.found("gate", ROOM, "who is shown inside is not who holds"))
        return findings
