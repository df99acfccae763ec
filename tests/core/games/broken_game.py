"""A module that cannot be imported."""

Broken = 1 / 0
