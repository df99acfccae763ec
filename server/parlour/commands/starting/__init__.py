"""`parlour create` and `parlour new`: a new DApp or a new game, from the files below `template/`.

`{{kind}}` and the like in a template are replaced; in its name `.tmpl` is cut off, `_dot_` becomes a dot and
`_module_` the game's module. The same files are what `npm create parlour` writes (clients/create).
Shown by tests/commands/starting/test_create.py.
"""
