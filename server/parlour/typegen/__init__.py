"""The wire's types in the languages of clients.

Owns: reading the definitions of parlour.protocol and the table of requests, and printing them as types.
Never: says what a type is; that is parlour.protocol.
Walk: wire.py (what there is) -> shapes.py (JSON Schema as a tree) -> typescript.py or python.py.
Shown by: tests/commands/test_schema.py, which also compares the generated files of the clients.
"""
