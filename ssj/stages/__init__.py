"""The kinds of stage, one module each."""
