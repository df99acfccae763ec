"""Files, without storing them: their names, their types, and images without what a camera noted about its owner.

Owns which types there are, which of them a browser may show, and which parts of an image are left out. Opens no file:
callers pass a function that reads a part of it.

Walk: `types.type_of` finds the type, `images.layout_of` walks the container, `layout.Layout` says which parts stay.
Shown by tests/core/files/test_images.py.
"""
