"""Benchmarks: `parlour bench <name>` runs one; `load` starts servers and the generator for all of them."""
