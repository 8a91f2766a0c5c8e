"""What is put into pages of one file stays what it is."""

from __future__ import annotations

import json

import pytest

from ssj.base import inlined


def test_parts_are_put_in_once():
    parts = {"style": "a{{script}}b", "script": "c"}
    assert inlined.page("{{style}}|{{script}}|{{other}}", parts) == "a{{script}}b|c|{{other}}"


@pytest.mark.parametrize("text", ["</script>", "<!--", "a\u2028b\u2029c", "样例 {{script}}", "\\"])
def test_data_is_read_back_and_ends_no_script(text):
    made = inlined.data({"name": [text]})
    assert json.loads(made) == {"name": [text]}
    assert not {"<", "\u2028", "\u2029"} & set(made)
