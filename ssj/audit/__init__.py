"""The numbered checks of an archive, and the trace of one visit."""
