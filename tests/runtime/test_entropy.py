"""Random bytes in blocks: fresh ones each time, whatever was taken before."""

from __future__ import annotations

from parlour.runtime.entropy import BLOCK_BYTES, Entropy


def test_entropy_hands_out_no_byte_twice():
    entropy = Entropy()
    taken = [entropy.take(16) for _ in range(3 * BLOCK_BYTES // 16)]
    assert len(set(taken)) == len(taken)


def test_entropy_at_the_end_of_a_block_is_complete():
    entropy = Entropy()
    for count in (BLOCK_BYTES - 5, 16, 32, BLOCK_BYTES, 1):
        assert len(entropy.take(count)) == count
