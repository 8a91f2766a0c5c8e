"""Pictures say in words what they show, and are sound markup whatever they are given."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from ssj.site import pictures

NAMES = "{http://www.w3.org/2000/svg}"
PARTS = (("未发现问题", 56, "none"), ("已责令改正", 17, "ordered"), ("转后续处理", 0, "referred"))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (pictures.dice("3351612123542341"), "16 粒骰子，依次是 3 3 5 1"),
        (pictures.balls("01,02,03,11,12,13+01;05,06,07,08,09,10+16"), "2 期开奖号码"),
        (pictures.bar(PARTS), "未发现问题 56 户，已责令改正 17 户"),
        (pictures.funnel([("名录库", 640), ("抽中", 0)]), "名录库 640 户，抽中 0 户"),
        (pictures.dots(["A", "B", "C"], ["B"]), "实心的 1 户抽中"),
        (pictures.days([3, 20, 25], 20), "3 户中 2 户在 20 个工作日内公示，1 户超期"),
        (pictures.chain([("封库公告", "0" * 8), ("登记簿", "f" * 8)]), "封库公告 → 登记簿"),
    ],
)
def test_each_is_markup_and_says_what_it_shows(made, said):
    root = ET.fromstring(str(made))
    assert root.get("role") == "img" and said in root.get("aria-label")


def test_dice_show_their_pips():
    made = str(pictures.dice("123456"))
    assert made.count('class="pip"') == 21 and made.count('class="die"') == 6


def test_every_target_is_a_dot():
    ids = [f"S{n:03}" for n in range(123)]
    made = str(pictures.dots(ids, ids[::7]))
    assert made.count("h0") == 123
    assert re.search(r"实心的 (\d+) 户", made)[1] == str(len(ids[::7]))


def test_markup_in_a_name_stays_text():
    root = ET.fromstring(str(pictures.funnel([("<b>&", 1)])))
    assert root.find(f"{NAMES}text") is None, "no name space inside HTML"
    assert root.find("text").text == "<b>&"


def test_an_event_of_any_kind():
    assert "<circle" in pictures.event("dice", "16")
    assert "ball red" in pictures.event("lottery", "01,02,03,11,12,13+01")
    assert "0123abcd" in pictures.event("beacon", "0123abcd" * 5)
    assert "| abcdef01" in pictures.event("dice", "16|" + "abcdef01" * 8)


def test_nothing_published_is_no_fault():
    assert 'aria-label="没有"' in pictures.bar(())
    ET.fromstring(str(pictures.days([], 20)))
    ET.fromstring(str(pictures.dots([], [])))
