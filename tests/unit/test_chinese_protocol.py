"""docs/协议.md says what docs/PROTOCOL.md says: the same sections, each with the same blocks, the
same fields and patterns as often, the same tables, lists, terms and references; the same numbered
requirements.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest
from conftest import ROOT

ENGLISH, CHINESE = (
    (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("PROTOCOL.md", "协议.md")
)
HEADING = re.compile(r"^(#{2,3}) (§[\d.]+) .*$", re.MULTILINE)
END = "## Worked example"  # from here on the English text is informative
BLOCK = re.compile(r"^ *```text\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def sections(text: str) -> dict[str, str]:
    """The normative sections by number, without what stands before the first."""
    text = text.partition(END)[0]
    found = list(HEADING.finditer(text))
    ends = [*(m.start() for m in found[1:]), len(text)]
    return {m[2]: text[m.end() : end] for m, end in zip(found, ends, strict=True)}


def plain(text: str) -> str:
    """A section without its blocks."""
    return BLOCK.sub("", text)


def quoted(text: str) -> Counter[str]:
    """What stands in backticks: fields, values, patterns; however its lines are broken."""
    return Counter(" ".join(own.split()) for own in re.findall(r"`([^`]+)`", plain(text)))


def marked(text: str) -> dict[str, int]:
    """How many entries of lists, terms and words in bold a section has."""
    patterns = {
        "entries": r"^ *(?:-|\d\.) ",
        "terms": r"(?<!\*)\*[^*\s][^*]*\*(?!\*)",
        "bold": r"\*\*[^*]+\*\*",
    }
    return {what: len(re.findall(p, plain(text), re.MULTILINE)) for what, p in patterns.items()}


def tables(text: str) -> list[list[list[str]]]:
    """The rows of each table, as cells."""
    found: list[list[list[str]]] = []
    lines = plain(text).splitlines()
    for before, line in pairwise(["", *lines]):
        if line.startswith("|"):
            if not before.startswith("|"):
                found.append([])
            # a bar inside backticks, or after a backslash, parts no cells
            bare = re.sub(r"`[^`]*`", lambda m: m[0].replace("|", "¦"), line)
            found[-1].append([cell.strip() for cell in bare.strip("|").split("|")])
    return found


def numbers(text: str) -> Counter[str]:
    """Numbers and powers that a section names, outside of backticks; those of one digit are left
    out, which Chinese may write as words.
    """
    words = re.sub(r"`[^`]*`|§[\d.]+(?: to §[\d.]+)?|V\d+|Q\d+", " ", plain(text))
    return Counter(re.findall(r"2\^\d+|\d[\d ]*\d", words))


def references(text: str) -> Counter[str]:
    """The sections, steps and requirements that a section names, of any document."""
    return Counter(re.findall(r"§[AC]?\d+(?:\.\d+)?|V\d+|Q\d+", plain(text)))


PAIRS = [
    pytest.param(number, own, sections(CHINESE).get(number, ""), id=number)
    for number, own in sections(ENGLISH).items()
]


def test_the_same_sections_in_the_same_order():
    levels = [[(m[1], m[2]) for m in HEADING.finditer(t)] for t in (ENGLISH, CHINESE)]
    assert levels[0] == levels[1]
    assert len(levels[0]) > 40


@pytest.mark.parametrize(("number", "english", "chinese"), PAIRS)
def test_a_section_has_the_same_blocks(number, english, chinese):
    assert BLOCK.findall(english) == BLOCK.findall(chinese)


@pytest.mark.parametrize(("number", "english", "chinese"), PAIRS)
def test_a_section_names_the_same_fields_and_patterns(number, english, chinese):
    assert quoted(english) == quoted(chinese)


@pytest.mark.parametrize(("number", "english", "chinese"), PAIRS)
def test_a_section_has_the_same_tables(number, english, chinese):
    pair = tables(english), tables(chinese)
    assert [[len(row) for row in table] for table in pair[0]] == [
        [len(row) for row in table] for table in pair[1]
    ]
    firsts = [
        [re.findall(r"`[^`]+`|[VQ]\d+", row[0]) for table in tables_ for row in table]
        for tables_ in pair
    ]
    assert firsts[0] == firsts[1]


@pytest.mark.parametrize(("number", "english", "chinese"), PAIRS)
def test_a_section_has_as_many_entries_and_terms(number, english, chinese):
    assert marked(english) == marked(chinese)


@pytest.mark.parametrize(("number", "english", "chinese"), PAIRS)
def test_a_section_names_the_same_numbers_and_sections(number, english, chinese):
    assert numbers(english) == numbers(chinese)
    assert references(english) == references(chinese)


def test_the_same_requirements_with_the_same_vectors():
    rows = [
        {row[0]: re.findall(r"`(\w+)`", row[-1]) for table in tables(t["§12"]) for row in table}
        for t in (sections(ENGLISH), sections(CHINESE))
    ]
    required = [{key: own for key, own in r.items() if re.fullmatch(r"Q\d+", key)} for r in rows]
    assert required[0] == required[1]
    assert len(required[0]) >= 26


def test_edition_and_date_are_the_same():
    pattern = re.compile(r"^\| (?:Edition|版次) \| (.*) \|$", re.MULTILINE)
    english, chinese = (pattern.search(text)[1] for text in (ENGLISH, CHINESE))
    number, day, month, year = re.fullmatch(r"(\d+), (\d+) (\w+) (\d+)", english).groups()
    named = {"November": 11, "December": 12}
    assert chinese == f"{number}，{year}年{named[month]}月{day}日"


def test_words_that_would_mean_something_else():
    """The words of the field, never those that mean another thing in law or office use."""
    for word in (
        "令牌",
        "摇奖",
        "种子",
        "收据",
        "回执",
        "账本",
        "区块链",
        "哈希",
        "承诺",
        "冻结",
        "审计",
    ):
        assert word not in CHINESE, word
