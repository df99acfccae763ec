"""Parses and builds the text of Sign-In With Ethereum (EIP-4361, https://eips.ethereum.org/EIPS/eip-4361).

The parser reads line by line, once, in time linear in the length: ASCII, LF, 4 KB at most, and nothing it does not
know. It never re-serialises: a signature is checked over the very bytes that came. Where EIP-4361 contradicts itself
the parser is strict (an address is EIP-55, a time is RFC 3339). It is lenient where policy refuses anyway (`user@` in a
domain, a chain id with leading zeros): those parse, and `sign_in.check_place` refuses them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address
from typing import Literal

from parlour.core.identity.accounts import is_checksummed
from parlour.errors import SignInRefused

MAX_BYTES = 4096
"""Of a text: what wallets show on a screen or two, with room for resources."""
HEADER = " wants you to sign in with your Ethereum account:"
Check = Callable[[str], str]
"""Returns a field as it is, or raises SignInRefused."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_HEX = "%[0-9A-Fa-f]{2}"
_UNRESERVED = r"A-Za-z0-9\-._~"
_SUB_DELIMS = "!$&'()*+,;="
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
_AUTHORITY = re.compile(
    rf"(?:(?:[{_UNRESERVED}{_SUB_DELIMS}:]|{_HEX})*@)?"
    rf"(?:\[(?P<ip6>[0-9A-Fa-f:.]+)\]|(?:[{_UNRESERVED}{_SUB_DELIMS}]|{_HEX})*)"
    r"(?::[0-9]*)?"
)
_URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:(?://(?P<authority>[^/?#]*)(?=[/?#]|\Z)|(?!//))"
    rf"(?:[{_UNRESERVED}{_SUB_DELIMS}:@/]|{_HEX})*+"
    rf"(?:\?(?:[{_UNRESERVED}{_SUB_DELIMS}:@/?]|{_HEX})*+)?"
    rf"(?:#(?:[{_UNRESERVED}{_SUB_DELIMS}:@/?]|{_HEX})*+)?"
)
_STATEMENT = re.compile(rf"[{_UNRESERVED}{_SUB_DELIMS}:/?#\[\]@ ]*")
_REQUEST_ID = re.compile(rf"(?:[{_UNRESERVED}{_SUB_DELIMS}:@]|{_HEX})*")
_NONCE = re.compile(r"[A-Za-z0-9]{8,}")
_CHAIN_ID = re.compile(r"[0-9]+")
_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Message:
    """The fields of a sign-in text, each spelt as in the text.

    Attributes:
        domain: host and port of the page that asks.
        address: whose text it is.
        uri: what is signed in to.
        chain_id: digits as written; leading zeros stay, so that policy can see them.
        nonce: the server's, used once.
        issued_at, expiration_time, not_before: RFC 3339.
        statement: the sentence for the user; None where the text has none.
        request_id: whatever the page wants to find again.
        resources: None without a Resources line, () for a bare one.
        scheme: before the domain, where the text has one.
        version: always 1.
        namespace: CAIP-2 namespace of the wallet: `eip155` here, `solana` in solana.py.
    """

    domain: str
    address: str
    uri: str
    chain_id: str
    nonce: str
    issued_at: str
    statement: str | None = None
    expiration_time: str | None = None
    not_before: str | None = None
    request_id: str | None = None
    resources: tuple[str, ...] | None = None
    scheme: str | None = None
    version: str = "1"
    namespace: Literal["eip155", "solana"] = "eip155"


def parse(text: str) -> Message:
    """Parse an EIP-4361 text.

    Raises:
        SignInRefused: `malformed`, with a sentence that names the line.
    """
    lines = split_lines(text)
    scheme, domain = read_header(next(lines, ""), HEADER)
    address = next(lines, "")
    if not is_checksummed(address):
        raise malformed("the address is not an EIP-55 address")
    _expect_blank(lines)
    statement, first = _read_statement(lines)
    fields = Fields(first, lines)
    message = Message(
        scheme=scheme,
        domain=domain,
        address=address,
        statement=statement,
        uri=check_uri(fields.required("URI: ")),
        version=check_version(fields.required("Version: ")),
        chain_id=matched(_CHAIN_ID, fields.required("Chain ID: "), "Chain ID"),
        nonce=check_nonce(fields.required("Nonce: ")),
        issued_at=check_time(fields.required("Issued At: ")),
        expiration_time=fields.optional("Expiration Time: ", check_time),
        not_before=fields.optional("Not Before: ", check_time),
        request_id=fields.optional("Request ID: ", check_request_id),
        resources=fields.resources(),
    )
    fields.end()
    return message


def build(message: Message) -> str:
    """Build the EIP-4361 text of a message; `parse(build(m)) == m` for every message that parses."""
    scheme = f"{message.scheme}://" if message.scheme else ""
    statement = "" if message.statement is None else f"{message.statement}\n"
    lines = [
        f"{scheme}{message.domain}{HEADER}",
        message.address,
        "",
        statement,
        *field_lines(message),
    ]
    return "\n".join(lines)


def field_lines(message: Message) -> Iterator[str]:
    """Yield the lines from URI on, as both namespaces write them."""
    yield f"URI: {message.uri}"
    yield f"Version: {message.version}"
    yield f"Chain ID: {message.chain_id}"
    yield f"Nonce: {message.nonce}"
    yield f"Issued At: {message.issued_at}"
    if message.expiration_time is not None:
        yield f"Expiration Time: {message.expiration_time}"
    if message.not_before is not None:
        yield f"Not Before: {message.not_before}"
    if message.request_id is not None:
        yield f"Request ID: {message.request_id}"
    if message.resources is not None:
        yield "Resources:"
        yield from (f"- {resource}" for resource in message.resources)


def milliseconds(time: str) -> int:
    """Return an RFC 3339 time as milliseconds since 1970; finer digits are cut off.

    Raises:
        ValueError: not RFC 3339 (section 5.6, upper-case T and Z, no leap second), or no such day or hour.
    """
    found = _RFC3339.fullmatch(time)
    if found is None:
        raise ValueError(time)
    year, month, day, hour, minute, second, fraction, sign, off_hours, off_minutes = found.groups()
    local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    seconds = (local - _EPOCH) // timedelta(seconds=1)
    if sign is not None:
        offset = int(off_hours) * 3600 + int(off_minutes) * 60
        seconds -= offset if sign == "+" else -offset
    return seconds * 1000 + int((fraction or "0").ljust(3, "0")[:3])


def rfc3339(at: int) -> str:
    """Return milliseconds since 1970 as RFC 3339 in UTC with milliseconds."""
    whole = _EPOCH + timedelta(milliseconds=at)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"


def malformed(what: str) -> SignInRefused:
    """Make the refusal of a text that is no EIP-4361 message, with the reason."""
    return SignInRefused("malformed", f"The message is not a sign-in text: {what}.")


def split_lines(text: str) -> Iterator[str]:
    """Split a text into lines; raises SignInRefused where it is long, or not printable ASCII and LF."""
    if len(text) > MAX_BYTES:
        raise malformed(f"it is longer than {MAX_BYTES} bytes")
    if not text.isascii() or not text.replace("\n", " ").isprintable():
        raise malformed("only printable ASCII and LF may stand in it")
    return iter(text.split("\n"))


def read_header(line: str, header: str) -> tuple[str | None, str]:
    """Return scheme (or None) and domain of the first line, `[scheme://]domain` before `header`."""
    if not line.endswith(header):
        raise malformed("the first line is another one")
    scheme, separator, domain = line[: -len(header)].rpartition("://")
    if separator and _SCHEME.fullmatch(scheme) is None:
        raise malformed("the scheme before the domain is none")
    if not domain or not is_authority(domain):
        raise malformed("the domain is not an RFC 3986 authority")
    return (scheme if separator else None), domain


def is_authority(text: str) -> bool:
    """Return whether this is `[userinfo@]host[:port]` (RFC 3986 section 3.2)."""
    found = _AUTHORITY.fullmatch(text)
    return found is not None and (found["ip6"] is None or _is_ip6(found["ip6"]))


def _is_ip6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def check_uri(text: str) -> str:
    """Return the URI (RFC 3986), or raise SignInRefused."""
    found = _URI.fullmatch(text)
    if found is None or not is_authority(found["authority"] or ""):
        raise malformed("a URI is not RFC 3986")
    return text


def check_statement(text: str) -> str:
    """Return the statement, or raise SignInRefused."""
    return matched(_STATEMENT, text, "statement")


def check_version(text: str) -> str:
    """Return the version, 1, or raise SignInRefused."""
    if text != "1":
        raise malformed("the version is not 1")
    return text


def check_nonce(text: str) -> str:
    """Return the nonce, or raise SignInRefused."""
    return matched(_NONCE, text, "Nonce")


def check_request_id(text: str) -> str:
    """Return the request id, or raise SignInRefused."""
    return matched(_REQUEST_ID, text, "Request ID")


def check_time(text: str) -> str:
    """Return the RFC 3339 time, or raise SignInRefused."""
    try:
        milliseconds(text)
    except ValueError:
        raise malformed("a time is not RFC 3339") from None
    return text


def matched(pattern: re.Pattern[str], text: str, what: str) -> str:
    """Return a text that matches the pattern, or raise SignInRefused, which names the field `what`."""
    if pattern.fullmatch(text) is None:
        raise malformed(f"the {what} has characters or a length it may not have")
    return text


def _expect_blank(lines: Iterator[str]) -> None:
    if next(lines, None) != "":
        raise malformed("a blank line is missing")


def _read_statement(lines: Iterator[str]) -> tuple[str | None, str]:
    """Read `[ statement LF ] LF` and the line that follows: an empty statement and none differ by one blank line."""
    statement, follower = next(lines, ""), next(lines, "")
    if statement == "" and follower != "":
        return None, follower
    if follower != "":
        raise malformed("a blank line is missing after the statement")
    return check_statement(statement), next(lines, "")


class Fields:
    """Reads the labelled lines of a sign-in text in their order."""

    def __init__(self, first: str, rest: Iterator[str]) -> None:
        self._line: str | None = first
        self._rest = rest

    def at(self, label: str) -> bool:
        """Return whether the next line has this label."""
        return self._line is not None and self._line.startswith(label)

    def required(self, label: str) -> str:
        """Read the line with this label; raises SignInRefused where the next line has another one."""
        if not self.at(label):
            raise malformed(f"the line {label.strip()} is missing or out of order")
        return self._next()[len(label) :]

    def optional(self, label: str, check: Check) -> str | None:
        """Read and check the next line if it has this label, else return None."""
        return check(self._next()[len(label) :]) if self.at(label) else None

    def resources(self) -> tuple[str, ...] | None:
        """Read the Resources, or return None where the next line does not begin them."""
        if self._line != "Resources:":
            return None
        self._next()
        found = []
        while self.at("- "):
            found.append(check_uri(self._next()[2:]))
        return tuple(found)

    def end(self) -> None:
        """Check that no line is left; raises SignInRefused."""
        if self._line is not None:
            raise malformed("something follows that does not belong there")

    def _next(self) -> str:
        line, self._line = self._line, next(self._rest, None)
        assert line is not None
        return line
