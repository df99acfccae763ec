"""`PARLOUR_CHAINS`: what is refused, and the defaults."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.runtime.chain.config import BadChainConfig, ChainConfig
from parlour.settings import Settings
from parlour.wiring.chain import configured


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("x", "list of objects"),
        ({"chainId": "1", "urls": ["http://a"]}, "chainId"),
        ({"chainId": 1}, "urls of chain 1"),
        ({"chainId": 1, "urls": ["ftp://a"]}, "http"),
        ({"chainId": 1, "urls": ["http://"]}, "http"),
        ({"chainId": 1, "urls": ["http://a"], "finality": "soon"}, "finality of chain 1 must be auto or tag or depth"),
        ({"chainId": 1, "urls": ["http://a"], "maxReorg": 0}, "maxReorg"),
        ({"chainId": 1, "urls": ["http://a"], "trustBloom": "yes"}, "true or false"),
        ({"chainId": 1, "urls": ["http://a"], "pollInterval": -1}, "pollInterval"),
        ({"chainId": 1, "urls": ["http://a"], "verfiy": "none"}, "unknown key 'verfiy'"),
        ({"chainId": 1, "urls": ["http://a"], "kind": "cosmos"}, "kind of chain 1 must be evm or solana"),
        ({"chainId": 1, "urls": ["https://a"], "kind": "solana"}, "kind solana, are ws"),
        ({"chainId": 1, "urls": ["wss://a"], "kind": "solana", "verify": "none"}, "verify of chain 1 is not for kind"),
    ],
)
def test_bad_chain_setting_is_refused_by_name(item: Any, words: str) -> None:
    with pytest.raises(BadChainConfig, match=words):
        ChainConfig.read(item, events_per_second=50)


def test_chain_setting_never_shows_the_key_in_its_url() -> None:
    with pytest.raises(BadChainConfig) as refused:
        ChainConfig.read({"chainId": 1, "urls": ["gopher://host/secret-key"]}, events_per_second=50)
    assert "secret" not in str(refused.value)


def test_chain_settings_have_defaults_and_aliases() -> None:
    item = {"chainId": 1, "urls": "https://a", "confirmations": 12, "verify": "receipts"}
    config = ChainConfig.read(item, events_per_second=50)
    assert (config.urls, config.depth, config.verify, config.poll) == (("https://a",), 12, "receipts", 1.0)
    assert ChainConfig.read({"chainId": 1, "urls": ["wss://a"]}, events_per_second=50).poll == 4.0


def test_events_a_room_takes_are_the_settings_where_a_chain_names_none() -> None:
    chains = [{"chainId": 1, "urls": ["http://a"]}, {"chainId": 2, "urls": ["http://b"], "eventsPerSecond": 7}]
    assert [config.events_per_second for config in configured(Settings(chains=chains))] == [50, 7]
    assert [config.events_per_second for config in configured(Settings(chains=chains, events_per_second=9))] == [9, 7]
