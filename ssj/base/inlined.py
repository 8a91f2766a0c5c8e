"""Pages in one file that loads nothing: scripts, styles and data put into them whole."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any


def page(text: str, parts: Mapping[str, str]) -> str:
    """A page with each ``{{name}}`` that is among the parts put in; what a part says is not looked
    at again, so a firm called ``{{script}}`` stays a name.
    """
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts.get(found[1], found[0]), text)


def data(value: Any) -> str:
    """A value as JSON within a script: no text of it ends the script early, in a browser of before
    2019 either.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("<", "\\u003c")
