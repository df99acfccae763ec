"""Tokens on a SimChain: transfers are logs, and a balance at a block is the fold of the logs up to it.

token = SimToken(chain)
chain.mine([token.mint(ALICE, 5)])
chain.mine([token.transfer(ALICE, BOB, 5)])
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from parlour.testing.faults import Fault
from parlour.testing.simchain import SimBlock, SimChain, SimLog, SimTx

NOBODY = "0x" + "00" * 20
MULTICALL = "0xca11bde05977b3631167028862be2a173976ca11"
"""Where `SimMulticall` answers: the address of Multicall3."""
_TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
_SINGLE = "0x" + keccak(text="TransferSingle(address,address,address,uint256,uint256)").hex()


def selector(signature: str) -> bytes:
    """Return the first four bytes of a function's call data."""
    found: bytes = keccak(text=signature)[:4]
    return found


class SimToken:
    """A token of one of the standards erc20, erc721 and erc1155.

    Attributes:
        address: lower case.
        answer: what takes the place of its answers, to make it lie, revert or answer too much; None: it is honest.
    """

    def __init__(self, chain: SimChain, standard: str = "erc20", address: str = "0x" + "70" * 20) -> None:
        self.chain, self.standard, self.address = chain, standard, address
        self.answer: Callable[[SimBlock, bytes], bytes] | None = None
        self._folded: dict[str, Counter[tuple[str, int]]] = {}
        chain.contracts[address] = self._call

    # ── making history ───────────────────────────────────────────────────────────────────────────────────────────

    def mint(self, to: str, amount: int = 1, id_: int = 0) -> SimTx:
        """Make a transaction that creates tokens for an address."""
        return self.transfer(NOBODY, to, amount, id_)

    def transfer(self, source: str, to: str, amount: int = 1, id_: int = 0) -> SimTx:
        """Make a transaction that moves tokens; of an erc721 the one with this id."""
        return self.chain.tx(self.log(source, to, amount, id_))

    def log(self, source: str, to: str, amount: int = 1, id_: int = 0) -> SimLog:
        """Make the log of a transfer."""
        if self.standard == "erc1155":
            return SimLog(
                self.address, (_SINGLE, _word(source), _word(source), _word(to)), "0x" + f"{id_:064x}{amount:064x}"
            )
        if self.standard == "erc721":
            return SimLog(self.address, (_TRANSFER, _word(source), _word(to), "0x" + f"{id_:064x}"), "0x")
        return SimLog(self.address, (_TRANSFER, _word(source), _word(to)), "0x" + f"{amount:064x}")

    # ── answering ────────────────────────────────────────────────────────────────────────────────────────────────

    def balance(self, holder: str, block: SimBlock | None = None, id_: int = 0) -> int:
        """Return what an address holds at a block; of an erc721 how many there are."""
        held = self._held(block or self.chain.head)
        if self.standard == "erc721":
            return sum(count for (who, _), count in held.items() if who == holder.lower())
        return held[holder.lower(), id_]

    def _call(self, block: SimBlock, data: bytes) -> bytes:
        if self.answer is not None:
            return self.answer(block, data)
        held, name = self._held(block), data[:4]
        if name == selector("balanceOf(address)"):
            return _number(self.balance(_address(data, 0), block))
        if name == selector("balanceOf(address,uint256)"):
            return _number(held[_address(data, 0), int.from_bytes(data[36:68])])
        if name == selector("ownerOf(uint256)"):
            id_ = int.from_bytes(data[4:36])
            owner = next((who for (who, each), count in held.items() if each == id_ and count and who != NOBODY), None)
            if owner is None:
                raise Fault(3, "execution reverted")
            return _number(int(owner, 16))
        raise Fault(3, "execution reverted")

    def _held(self, block: SimBlock) -> Counter[tuple[str, int]]:
        path: list[SimBlock] = []
        at: SimBlock | None = block
        while at is not None and at.hash not in self._folded:
            path.append(at)
            at = at.parent
        held = Counter[tuple[str, int]]() if at is None else self._folded[at.hash]
        for each in reversed(path):
            held = self._folded[each.hash] = self._after(held, each)
        return held

    def _after(self, before: Counter[tuple[str, int]], block: SimBlock) -> Counter[tuple[str, int]]:
        logs = [log for tx in block.txs for log in tx.logs if log.address == self.address]
        if not logs:
            return before
        held = Counter(before)
        for log in logs:
            words = log.topics[2:] if self.standard == "erc1155" else log.topics[1:]
            if self.standard == "erc1155":
                id_, amount = int(log.data[2:66], 16), int(log.data[66:], 16)
            elif self.standard == "erc721":
                id_, amount = int(log.topics[3], 16), 1
            else:
                id_, amount = 0, int(log.data, 16)
            held["0x" + words[0][-40:], id_] -= amount
            held["0x" + words[1][-40:], id_] += amount
        return held


class SimMulticall:
    """Multicall3's `aggregate3` and `getEthBalance`.

    Attributes:
        calls: how many calls each aggregate held.
    """

    def __init__(self, chain: SimChain) -> None:
        self.chain = chain
        self.calls: list[int] = []
        chain.contracts[MULTICALL] = self._call

    def _call(self, block: SimBlock, data: bytes) -> bytes:
        if data[:4] == selector("getEthBalance(address)"):
            who = _address(data, 0)
            return _number(self.chain.coins.get(who, 0) + self.chain.balance(who, block))
        (calls,) = decode(["(address,bool,bytes)[]"], data[4:])
        self.calls.append(len(calls))
        encoded: bytes = encode(["(bool,bytes)[]"], [[self._one(block, to, each) for to, _, each in calls]])
        return encoded

    def _one(self, block: SimBlock, to: str, data: bytes) -> tuple[bool, bytes]:
        contract = self.chain.contracts.get(to.lower())
        try:
            return True, b"" if contract is None else contract(block, data)
        except Fault:
            return False, b""


def _number(number: int) -> bytes:
    """Return a word; who moved more than they had has nothing."""
    return max(0, number).to_bytes(32)


def _address(data: bytes, place: int) -> str:
    """Return the address in one of the words of call data, in lower case."""
    word = data[4 + 32 * place : 36 + 32 * place]
    return "0x" + word[12:].hex()


def _word(address: str) -> str:
    return "0x" + address[2:].lower().rjust(64, "0")
