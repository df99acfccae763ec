"""Accounts in one spelling, sign-in texts and their rules, signatures, and hashes of ENS names.

Owns: EIP-55 and CAIP-10 accounts, the EIP-4361 and Solana texts, who may sign in where and when, secp256k1.
Never: stores anything, reads a clock, or asks a chain (that is runtime/identity and adapters).
Walk: sign_in.py (read_claim, check_place) -> siwe.py or solana.py (the text) -> accounts.py (whose address).
Shown by: tests/core/identity/test_siwe.py and test_sign_in.py.
"""
