"""The numbered checks of an archive, and one visit traced through it."""
