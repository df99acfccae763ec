"""parlour_client: what an account is called, as in `@parlour/client/names`."""

from __future__ import annotations

import pytest

from parlour_client import name_of, short_account, with_address
from parlour_client.types_gen import Profile

ADA = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@pytest.mark.parametrize(
    ("profile", "name", "both"),
    [
        ({"name": "Ada", "ens": "ada.eth"}, "Ada", "Ada (0xf39F…2266)"),
        ({"ens": "ada.eth"}, "ada.eth", "ada.eth (0xf39F…2266)"),
        ({}, "0xf39F…2266", "0xf39F…2266"),
    ],
)
def test_account_is_named_by_profile_ens_name_or_address(profile: Profile, name: str, both: str) -> None:
    assert (name_of(ADA, profile), with_address(ADA, profile)) == (name, both)


def test_guests_are_numbered() -> None:
    assert (name_of("", None, 12), name_of(""), with_address("")) == ("Guest 12", "Guest", "Guest")


def test_account_of_any_chain_is_shortened_to_its_address() -> None:
    assert [short_account(each) for each in (f"eip155:1:{ADA}", "app:desk")] == ["0xf39F…2266", "app:desk"]
