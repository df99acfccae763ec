"""Random bytes in blocks: fresh ones each time, whatever was taken before."""

from __future__ import annotations

from parlour.runtime.entropy import BLOCK_BYTES, Entropy


def test_no_byte_is_handed_out_twice():
    entropy = Entropy()
    taken = [entropy.take(16) for _ in range(3 * BLOCK_BYTES // 16)]
    assert len(set(taken)) == len(taken)


def test_what_is_asked_for_is_whole_also_at_the_end_of_a_block():
    entropy = Entropy()
    for count in (BLOCK_BYTES - 5, 16, 32, BLOCK_BYTES, 1):
        assert len(entropy.take(count)) == count
