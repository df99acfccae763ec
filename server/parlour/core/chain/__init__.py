"""What a chain's blocks and logs mean for rooms: forks, logs that watches want, and the entries made from them.

Owns: checked headers and logs, decoding by ABI, watches, the news of one step (events, corrections, confirmations).
Never: calls a node, reads a clock or writes to a store (that is runtime/chain and adapters).
Walk: blocks.py (fork) -> logs.py (which watch wants a log) -> decoding.py (arguments) -> room_news.py (entries).
Shown by: tests/core/chain/, and tests/simulation/test_chain_histories.py for all of it together.
"""
