"""核验.html in real Chromium, from disk: all vectors, a whole round, tampering, files that are no
records.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from functools import partial
from pathlib import Path

import pytest
from conftest import ROOT, small_frozen

from ssj import protocol
from ssj.base import params
from ssj.casebook.render import verifier_page
from ssj.draw import disclosure

sys.path.insert(0, str(ROOT / "scripts"))
from archived import DRAW
from browser import random_records
from vector_inputs import amended

pytestmark = pytest.mark.browser
VECTORS = sorted((ROOT / "tests" / "vectors").glob("*.json"))
DICE = "1635241635241635"
RESULTS = {"相符": True, "不符": False, "未核验": None, "不能对照": None}

RUN = """
const [cases, whole] = arguments.map((text) => ssj.parse(text));
const base = (name) => {
  const found = whole.cases.find((one) => one.name === name);
  const entropy = { text: found.input.text };
  return Object.assign(Object.create(null), found.input.record, { entropy }, found.expected);
};
return cases.cases.map((one) => {
  try {
    const frozen = one.function === "verify" ? base(one.input.base) : null;
    const got = ssj.functions[one.function](one.input, frozen);
    return [one.name, ssj.canonical(got), null];
  } catch (error) {
    if (!(error instanceof ssj.ProtocolError)) return [one.name, "", String(error.stack)];
    const { seats, officers } = error;
    const hall = error instanceof ssj.Infeasible ? ssj.canonical({ seats, officers }) : "";
    return [one.name, null, hall];
  }
});""".replace("arguments.map", "[...arguments].map")


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("verifier") / "核验.html"
    path.write_bytes(verifier_page().encode("utf-8"))
    return path


@pytest.fixture(scope="module")
def opened(browser, page):
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.set_script_timeout(120)
    browser.get(page.as_uri())
    return browser


def canonical(value) -> str:
    return protocol.canonical(value).decode("utf-8")


@pytest.mark.parametrize("path", VECTORS, ids=lambda p: p.stem)
def test_vectors(opened, path):
    """The one loop over all vectors, in JavaScript; tests/unit/test_vectors.py has the other, in
    Python.
    """
    text = path.read_text(encoding="utf-8")
    whole = (ROOT / "tests" / "vectors" / "whole_draw.json").read_text(encoding="utf-8")
    answers = opened.execute_script(RUN, text, whole)
    cases = json.loads(text)["cases"]
    assert [a[0] for a in answers] == [c["name"] for c in cases]
    for case, (name, got, refused) in zip(cases, answers, strict=True):
        if "expected" in case:
            assert (name, got, refused) == (name, canonical(case["expected"]), None)
        else:
            assert (name, got, refused) == (
                name,
                None,
                canonical(case["hall_set"]) if "hall_set" in case else "",
            )


def drop(opened, page, *paths: Path) -> list[tuple[str, str, list[tuple[int, bool | None]], str]]:
    """Choose files on a fresh page; for each box its heading, verdict, steps as (number, result),
    and whole text.
    """
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    opened.get(page.as_uri())
    opened.find_element(By.ID, "files").send_keys("\n".join(map(str, paths)))
    WebDriverWait(opened, 120).until(
        lambda b: b.execute_script("return document.body.dataset.done") == "1"
    )
    boxes = opened.execute_script("""return [...document.querySelectorAll('.file')].map(box => [
        box.querySelector('h2').textContent, box.querySelector('.verdict').textContent,
        [...(box.querySelector('table') || box).querySelectorAll('tr')]
            .map(row => [row.cells[0].textContent, row.cells[1].textContent]),
        box.textContent])""")
    return [
        (
            head,
            verdict,
            [(int(step[1 : step.index(" ")]), RESULTS[word]) for step, word in steps],
            text,
        )
        for head, verdict, steps, text in boxes
    ]


def in_python(path: Path) -> list[tuple[int, bool | None]]:
    kind, content = protocol.read_file(path.read_bytes())
    steps = protocol.verify_ledger(content) if kind == "ledger" else protocol.examine(content)
    return [(s.number, s.holds) for s in steps]


@pytest.fixture(scope="module")
def good(done_2021q4, tmp_path_factory) -> dict[str, Path]:
    """What a whole round publishes and archives, receipts of a drawn and of a spared target."""
    folder, outputs = tmp_path_factory.mktemp("good"), done_2021q4 / "outputs"
    data = outputs / "2021Q4" / DRAW / "data"
    record = protocol.parse((data / "out" / "draw.json").read_text(encoding="utf-8"))
    drawn = {v["id"] for v in record["visits"]}
    spared = next(t["id"] for t in record["tables"]["targets"] if t["id"] not in drawn)
    documents = {
        "draw": record,
        "public": disclosure.published(record),
        "notice": disclosure.notice(record),
    }
    documents["drawn"], documents["spared"] = disclosure.receipts(record, [min(drawn), spared])
    for name, document in documents.items():
        (folder / f"{name}.json").write_bytes(protocol.canonical(document))
    (folder / "ledger.jsonl").write_bytes((outputs / "ledger.jsonl").read_bytes())
    return {p.stem: p for p in folder.iterdir()}


def left(record, officer):
    """The record with ``officer`` gone for the round."""
    return amended(
        record,
        (
            officer,
            sorted(t["visit"] for t in record["officers"]["taken"] if t["officer"] == officer),
            True,
        ),
    )


@pytest.fixture(scope="module")
def others(good, tmp_path_factory) -> dict[str, Path]:
    """The same round amended twice, drawn by the platform, and drawn with groups; of the first two
    also the public records.
    """
    folder = tmp_path_factory.mktemp("others")
    record = protocol.parse(good["draw"].read_text(encoding="utf-8"))
    frozen = {k: record[k] for k in small_frozen()}
    documents = {
        "amended": next(
            a
            for a in map(
                partial(left, record), sorted({t["officer"] for t in record["officers"]["taken"]})
            )
            if len({t["officer"] for t in a["amendments"][0]["taken"]}) > 1
            and a["amendments"][0]["skipped"]
        )
    }
    came = documents["amended"]["amendments"][0]["taken"][0]
    documents["amended"] = amended(documents["amended"], (came["officer"], [came["visit"]], False))
    lists = {part["task"]: [] for part in record["drawn"]}
    for part in record["drawn"]:
        lists[part["task"]] += protocol.drawn_ids(part)
    for name, parameter, external in (
        ("elsewhere", {"official_draw": "platform"}, lists),
        ("groups", {"team_mode": "groups"}, None),
    ):
        again = {**frozen, "parameters": {**frozen["parameters"], **parameter}}
        again["commitment"] = protocol.commit(again)
        documents[name] = {
            **again,
            "entropy": record["entropy"],
            **protocol.draw(again, record["entropy"]["text"], external),
        }
    documents |= {
        f"public-{name}": disclosure.published(documents[name]) for name in ("amended", "elsewhere")
    }
    documents["drawn-elsewhere"] = next(
        disclosure.receipts(documents["elsewhere"], [min(lists[min(lists)])])
    )
    for name, document in documents.items():
        (folder / f"{name}.json").write_bytes(protocol.canonical(document))
    return {name: folder / f"{name}.json" for name in documents}


def test_the_same_round_otherwise_holds(opened, page, others):
    boxes = dict(zip(others, drop(opened, page, *others.values()), strict=False))
    for name, (_, verdict, steps, _) in boxes.items():
        assert (name, steps) == (name, in_python(others[name])) and not verdict.startswith("不符")
    assert (
        [n for n, h in boxes["amended"][2] if h]
        == [n for n, h in boxes["groups"][2] if h]
        == [3, 4, 5, 6, 7]
    )
    assert [n for n, h in boxes["elsewhere"][2] if h is None] == [5]
    for name in others:
        assert (protocol.EXTERNAL in boxes[name][3]) == name.endswith("elsewhere")
    assert "签号（外部抽取，不决定是否抽中）" in boxes["drawn-elsewhere"][3]


def test_replacements_are_shown(opened, page, others):
    record = protocol.parse(others["amended"].read_text(encoding="utf-8"))
    drop(opened, page, others["amended"], others["public-amended"])
    shown = opened.execute_script("""
        const rows = table => [...table.rows].map(row => [...row.cells].map(c => c.textContent));
        return [...document.querySelectorAll('.file')].map(box =>
            [...box.querySelectorAll('table')]
                .filter(table => table.caption.textContent === '抽后调整').flatMap(rows))""")
    names = {
        row["id"]: f"{row['identity']['name']}（{row['id']}）"
        for table in ("targets", "officers")
        for row in record["tables"][table]
    }
    wanted = [
        [names[t["visit"]], f"{names[a['officer']]}换为{names[t['officer']]}", "2021-12-01，样例"]
        for a in record["amendments"]
        for t in sorted(a["taken"], key=lambda t: t["visit"])
    ]
    assert shown[0] == wanted
    assert shown[1] == [
        [f"第 {n} 次调整", f"{len(a['visits'])} 户次", "2021-12-01，样例"]
        for n, a in enumerate(record["amendments"], 1)
    ]


def test_a_reason_is_no_matter_of_the_protocol(opened, page, others, tmp_path):
    record = protocol.parse(others["amended"].read_text(encoding="utf-8"))
    record["amendments"][0] |= {
        "reason": "其他",
        "note": "样例",
        "date": "2021-12-02",
        "approver": "样例",
    }
    (tmp_path / "reason.json").write_bytes(protocol.canonical(record))
    ((_, _, steps, _),) = drop(opened, page, tmp_path / "reason.json")
    assert steps == in_python(tmp_path / "reason.json") == [(n, True) for n in range(3, 8)]


@pytest.mark.parametrize("first", range(0, 120, 30))
def test_random_rounds_are_judged_alike(opened, first):
    vectors = [
        vector for number in range(first, first + 30) for vector in random_records.vectors(number)
    ]
    answers = opened.execute_script(RUN, json.dumps({"cases": vectors}, ensure_ascii=False), "{}")
    for vector, (name, got, refused) in zip(vectors, answers, strict=True):
        hall = {"hall_set": json.loads(refused)} if refused else {}
        answer = (
            {"expected": json.loads(got)} if got is not None else {"error": "ProtocolError", **hall}
        )
        assert (name, refused, random_records.agree(vector, answer)) == (
            vector["name"],
            refused,
            True,
        )


def test_a_whole_round_holds(opened, page, good):
    boxes = drop(opened, page, *good.values())
    for path, (head, verdict, steps, _) in zip(good.values(), boxes[:-1], strict=True):
        assert (
            head.endswith(path.name) and steps == in_python(path) and not verdict.startswith("不符")
        )
        assert all(holds is not False for _, holds in steps)
    assert {n for n, h in boxes[list(good).index("draw")][2] if h} == {3, 4, 5, 6, 7}
    assert boxes[-1][0] == "各份文件互相一致"
    # V5 asks for two draw records
    assert boxes[-1][2] == [(1, True), (3, True), (4, True), (5, None), (6, True), (7, True)]
    assert len(boxes) == len(good) + 1


def test_what_is_open_is_said_to_be_open(opened, page, good):
    ((_, verdict, steps, text),) = drop(opened, page, good["spared"])
    assert steps == [(3, True), (4, True), (5, True), (5, None), (6, None), (7, None)]
    assert (
        "未核验不等于相符" in verdict
        and "未抽中" in text
        and "演示批次" in text
        and "唯一性未证实" in text
    )


ATTESTED = [("甲", True, "2021-11-25T10:00:00+08:00"), ("乙", True, "2021-11-25T10:00:00+08:00")]
# name → (custodian, only?, received; is uniqueness proven?)
ATTESTATIONS = {
    "two": (ATTESTED, True),
    "one": (ATTESTED[:1], False),
    "one twice": (ATTESTED[:1] * 2, False),
    "one of them not announced": ([ATTESTED[0], ("丙", True, ATTESTED[0][2])], False),
    "one received several": ([ATTESTED[0], ("乙", False, ATTESTED[0][2])], False),
    "one too late": ([ATTESTED[0], ("乙", True, "2021-11-26T10:00:00+08:00")], False),
}


def test_uniqueness_is_judged_as_in_python(opened, page, tmp_path):
    frozen = small_frozen()
    frozen["event"]["custodians"] = ["甲", "乙"]
    frozen["commitment"] = protocol.commit(frozen)
    paths = []
    for number, (given, proven) in enumerate(ATTESTATIONS.values()):
        own = [
            {"custodian": c, "only": only, "received": at, "first16": frozen["commitment"][:16]}
            for c, only, at in given
        ]
        record = {
            **frozen,
            "entropy": {"text": DICE, "attestation": own},
            **protocol.draw(frozen, DICE),
        }
        assert params.unique(record) is proven
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_bytes(protocol.canonical(disclosure.published(record)))
    boxes = drop(opened, page, *paths)
    assert [("唯一性未证实" not in text) for _, _, _, text in boxes[:-1]] == [
        proven for _, proven in ATTESTATIONS.values()
    ]


def change(path: str, value):
    def tamper(document):
        *way, last = [int(p) if p.isdigit() else p for p in path.split(".")]
        inner = document
        for key in way:
            inner = inner[key]
        assert inner[last] != value, "no change"
        inner[last] = value

    return tamper


def first_digit(path: str):
    """Change the first hexadecimal digit of a hash."""

    def tamper(document):
        *way, last = [int(p) if p.isdigit() else p for p in path.split(".")]
        inner = document
        for key in way:
            inner = inner[key]
        inner[last] = ("1" if inner[last][0] != "1" else "2") + inner[last][1:]

    return tamper


def redrawn(document):
    """Another seed, and everything after it made to fit."""
    document["entropy"]["text"] = DICE
    document.update(protocol.draw({**document, "commitment": document["commitment"]}, DICE))
    document["entropy"]["text"] = "1" * 16


def friend_spared(document):
    """A drawn firm's place goes to another; visits and teams are made to fit."""
    part = next(p for p in document["drawn"] if p["by_ticket"] and p["n"] < p["count"])
    others = [
        t["id"]
        for t in document["tables"]["targets"]
        for f in t["internal"]["frames"]
        if (f["task"], f["stratum"]) == (part["task"], part["stratum"])
        and f["size"]
        and t["id"] not in part["by_ticket"]
    ]
    part["by_ticket"][-1] = others[0]
    document["visits"] = protocol.visits_of(document, document["drawn"])
    for purpose in ("officer", "expert"):
        document[f"{purpose}s"] = protocol.match(
            document, document["visits"], document["seed"], purpose
        )


def another_officer(document):
    taken = document["officers"]["taken"]
    here = {t["officer"] for t in taken if t["visit"] == taken[0]["visit"]}
    taken[0]["officer"] = next(
        o["id"] for o in document["tables"]["officers"] if o["id"] not in here
    )


def refrozen(document):
    """A larger size for one firm, the commitment made to fit; the draw is left as it was."""
    frame = next(
        f for t in document["tables"]["targets"] for f in t["internal"]["frames"] if f["size"]
    )
    frame["size"] += 1
    document["commitment"] = protocol.commit(document)


def swap(key, entries, alike=lambda entry: None):
    """Exchange the values of the first two entries that differ in ``key`` and are else alike."""
    one, two = next(
        (a, b)
        for k, a in enumerate(entries)
        for b in entries[k:]
        if a[key] != b[key] and alike(a) == alike(b)
    )
    one[key], two[key] = two[key], one[key]


def from_another_group(document):
    """A seat goes to a member of another group of the department."""
    taken, groups = document["officers"]["taken"][0], document["officers"]["groups"]["made"]
    own = next(g for g in groups if taken["officer"] in g["members"])
    taken["officer"] = next(g for g in groups if g["department"] == own["department"] and g != own)[
        "members"
    ][0]


def as_if_drawn(document):
    """Who came after the draw is written into it, and no amendment is left."""
    now = protocol.teams_now(document)
    del document["amendments"]
    for key, taken in now.items():
        document[key]["taken"] = taken


# Kinds of tampering: name → (file, what is done, the step that fails first)
TAMPERINGS = {
    "a firm renamed": ("draw", change("tables.targets.0.identity.name", "样例"), 3),
    "a firm removed from the roster": ("draw", lambda d: d["tables"]["targets"].pop(0), 3),
    "a firm entered twice": (
        "draw",
        lambda d: d["tables"]["targets"].insert(0, d["tables"]["targets"][0]),
        3,
    ),
    "a size raised": (
        "draw",
        lambda d: d["tables"]["targets"][0]["internal"]["frames"][0].update(size=10**9),
        3,
    ),
    "a size below zero": (
        "draw",
        lambda d: d["tables"]["targets"][0]["internal"]["frames"][0].update(size=-1),
        3,
    ),
    "a ratio changed": ("draw", change("tables.tasks.0.internal.strata.0.ratio", "0.9"), 3),
    "an officer recused afterwards": (
        "draw",
        lambda d: d["tables"]["officers"][0]["internal"]["recusals"].append("X"),
        3,
    ),
    "another salt": ("draw", first_digit("salt"), 3),
    "a parameter changed": ("draw", change("parameters.slack", 9), 3),
    "the event's place changed": ("draw", change("event.place", "别处"), 3),
    "a refreeze behind the seed": ("draw", refrozen, 4),
    "another seed": ("draw", first_digit("seed"), 4),
    "another event text, the rest redrawn": ("draw", redrawn, 4),
    "a text of another form": ("draw", change("entropy.text", "7" * 16), 4),
    "a friend spared, the rest made to fit": ("draw", friend_spared, 5),
    "a task that draws one less": (
        "draw",
        lambda d: next(p for p in d["drawn"] if p["by_ticket"])["by_ticket"].pop(),
        5,
    ),
    "a visit dropped": ("draw", lambda d: d["visits"].pop(), 6),
    "an item spared": ("draw", lambda d: d["visits"][0]["items"].pop(), 6),
    "another officer sent": ("draw", another_officer, 7),
    "a raised cap invented": (
        "draw",
        lambda d: d["officers"]["raised"].append({"officer": "X", "by": 1, "cap": 1}),
        7,
    ),
    "a newer protocol": ("draw", change("protocol", "ssj/2"), 3),
    "notice: a firm missing in the list": (
        "notice",
        lambda d: d["public_list"]["targets"].pop(),
        3,
    ),
    "notice: another commitment": ("notice", first_digit("commitment"), 3),
    "public: a firm that is in no list": ("public", lambda d: d["visits"][0].update(id="0"), 5),
    "public: another dice roll": ("public", change("entropy.text", "6" * 16), 4),
    "public: an event announced otherwise": (
        "public",
        change("committed.event.fallback", "随意"),
        3,
    ),
    "receipt: another name": ("drawn", change("row.identity.values.name", "样例"), 3),
    "receipt: one digit of the ticket": ("drawn", first_digit("ticket"), 5),
    "receipt: one digit of the ticket salt": ("drawn", first_digit("ticket_salt"), 3),
    "receipt: one digit of the proof": ("drawn", first_digit("row.proof.3"), 3),
    "receipt: proof for another root": ("drawn", first_digit("committed.tables.targets.root"), 3),
    "receipt: another seed": ("drawn", first_digit("seed"), 4),
    "amended: somebody else sent instead": (
        "amended",
        lambda d: d["amendments"][0]["taken"][0].update(
            officer=d["officers"]["taken"][0]["officer"]
        ),
        7,
    ),
    "amended: two replacements exchanged": (
        "amended",
        lambda d: swap("officer", d["amendments"][0]["taken"]),
        7,
    ),
    "amended: an amendment dropped that a later one rests on": (
        "amended",
        lambda d: d["amendments"].pop(0),
        7,
    ),
    "amended: two amendments exchanged": ("amended", lambda d: d["amendments"].reverse(), 7),
    "amended: one who was passed over left out": (
        "amended",
        lambda d: next(a for a in d["amendments"] if a["skipped"])["skipped"].pop(0),
        7,
    ),
    "amended: a visit that was not that officer's": (
        "amended",
        lambda d: d["amendments"][1].update(
            visits=[
                next(v["id"] for v in d["visits"] if v["id"] not in d["amendments"][0]["visits"])
            ]
        ),
        7,
    ),
    "amended: a raised cap invented": (
        "amended",
        lambda d: d["amendments"][0]["raised"].append({"officer": "X", "by": 1, "cap": 1}),
        7,
    ),
    "amended: who came is written into the draw": ("amended", as_if_drawn, 7),
    "groups: a member of another group sent": ("groups", from_another_group, 7),
    "groups: two groups exchange visits": (
        "groups",
        lambda d: swap("group", d["officers"]["groups"]["allotted"], lambda a: a["department"]),
        7,
    ),
    "groups: another cut": ("groups", change("officers.groups.made.0.k", 99), 7),
    "elsewhere: a firm that is in no roster": (
        "elsewhere",
        lambda d: d["drawn"][0]["external"].insert(0, "0"),
        5,
    ),
    "elsewhere: a firm twice": (
        "elsewhere",
        lambda d: d["drawn"][0]["external"].insert(0, d["drawn"][0]["external"][0]),
        5,
    ),
    "elsewhere: a task left out": ("elsewhere", lambda d: d["drawn"].pop(), 5),
    "elsewhere: a firm dropped from the list": (
        "elsewhere",
        lambda d: d["drawn"][0]["external"].clear(),
        6,
    ),
    "elsewhere: drawn here, it now says": (
        "elsewhere",
        change("parameters.official_draw", "here"),
        3,
    ),
    "public: drawn here, it now says": (
        "public-elsewhere",
        lambda d: d["committed"].pop("official_draw"),
        3,
    ),
}


@pytest.fixture(scope="module")
def tampered(good, others, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tampered")
    made = {}
    for number, (name, (kind, tamper, _)) in enumerate(TAMPERINGS.items()):
        document = protocol.parse({**good, **others}[kind].read_text(encoding="utf-8"))
        tamper(document)
        made[name] = folder / f"{number:02}.json"
        # -1 is not for the canonical writer to judge
        made[name].write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return made


def test_tampering_is_caught_by_both_at_the_same_step(opened, page, tampered):
    boxes = drop(opened, page, *tampered.values())
    assert len(boxes) == len(TAMPERINGS) >= 20, "and nothing is compared where nothing holds"
    for (name, path), (_, verdict, steps, _) in zip(tampered.items(), boxes, strict=True):
        failing = [n for n, holds in steps if holds is False]
        # what later steps say of a record that failed is left open (§10.1)
        first = [n for n, _ in steps].index(failing[0])
        assert (name, steps[: first + 1]) == (name, in_python(path)[: first + 1])
        assert (name, failing[0]) == (name, TAMPERINGS[name][2]) and verdict.startswith(
            f"不符：V{failing[0]} "
        )


LEDGER_CHANGES = {
    "a line changed": lambda lines: [lines[0].replace('"attempt":1', '"attempt":2'), *lines[1:]],
    "a line dropped": lambda lines: lines[1:],
    "lines swapped": lambda lines: lines[::-1],
    "the last line torn": lambda lines: [*lines[:-1], lines[-1][:-9]],
}


@pytest.mark.parametrize("tamper", LEDGER_CHANGES.values(), ids=list(LEDGER_CHANGES))
def test_a_tampered_ledger(opened, page, good, tamper, tmp_path):
    path = tmp_path / "ledger.jsonl"
    lines = good["ledger"].read_text(encoding="utf-8").splitlines()
    path.write_bytes("".join(f"{line}\n" for line in tamper(lines)).encode())
    ((_, verdict, steps, _),) = drop(opened, page, path)
    assert steps == in_python(path) == [(1, False)] and verdict.startswith("不符：V1")


def test_two_commitments_for_one_round(opened, page, tmp_path):
    again = small_frozen()
    again["salt"] = "5b" * 32
    again["commitment"] = protocol.commit(again)
    for name, record in (("one", small_frozen()), ("two", again)):
        (tmp_path / f"{name}.json").write_bytes(protocol.canonical(disclosure.notice(record)))
    *_, (head, verdict, steps, _) = drop(opened, page, tmp_path / "one.json", tmp_path / "two.json")
    assert head == "各份文件互相一致" and steps[1] == (3, False) and verdict.startswith("不符：V3")


def saved(folder: Path, **documents) -> list[Path]:
    for name, document in documents.items():
        (folder / f"{name}.json").write_bytes(protocol.canonical(document))
    return [folder / f"{name}.json" for name in documents]


def test_documents_of_two_rounds_are_not_compared(opened, page, good, tmp_path):
    paths = saved(tmp_path, small=disclosure.notice(small_frozen()))
    *_, (head, verdict, steps, _) = drop(opened, page, *paths, good["notice"], good["public"])
    assert (
        head == "各份文件互相一致" and verdict == "不是同一批次、同一次抽取的文件，不能互相对照。"
    )
    assert steps == [(1, None), *((number, None) for number in range(3, 8))]
    colours = opened.execute_script(
        "return [...document.querySelectorAll('.file:last-child td.result')].map(c => c.className)"
    )
    assert colours[1:] == ["result apart"] * 5
    green = "return document.querySelector('.file:last-child .verdict.good')"
    assert opened.execute_script(green) is None


def test_one_broken_file_does_not_silence_the_others(opened, page, good, tmp_path):
    (tmp_path / "torn.json").write_bytes(good["drawn"].read_bytes()[:-9])
    (changed,) = saved(
        tmp_path, changed={**json.loads(good["public"].read_bytes()), "seed": "0" * 64}
    )
    wrong = json.loads(good["drawn"].read_bytes()) | {"drawn": False, "items": []}
    (receipt,) = saved(tmp_path, receipt=wrong)
    paths = [tmp_path / "torn.json", changed, good["public"], receipt]
    *_, (head, verdict, _, text) = drop(opened, page, *paths)
    assert head == "各份文件互相一致" and verdict.startswith("不符：V6")
    assert "没有参加对照（读不出或者不符）：torn.json、changed.json" in text
    said = opened.execute_script("return document.getElementById('progress').textContent")
    assert said == "核验结束：4 份文件，核验了 3 份；不符：changed.json、各份文件之间。"
    assert opened.execute_script("return document.activeElement.id") == "results"


def test_a_voided_attempt_is_said_first(opened, page, good, tmp_path):
    record = json.loads(good["draw"].read_bytes())
    lines = good["ledger"].read_text(encoding="utf-8").splitlines()
    previous, n = json.loads(lines[-1])["hash"], len(lines) + 1
    entry = {"n": n, "round": record["round"], "attempt": record["attempt"], "stage": "09-void"}
    lines.append(protocol.ledger_line(entry, previous))
    (tmp_path / "any.txt").write_text(
        "".join(f"{line}\n" for line in lines), encoding="utf-8", newline=""
    )
    drop(opened, page, good["public"], tmp_path / "any.txt")
    first = opened.execute_script("return document.querySelector('.file h2 + p').textContent")
    assert first == protocol.BANNERS["voided"]


def test_nothing_malformed_hides_a_banner(opened, page, tmp_path):
    """What is wrong with a record is one thing, what has to be said of it another."""
    record = {**small_frozen(), "entropy": {"text": DICE}, **protocol.draw(small_frozen(), DICE)}
    spoilt = {
        "attestation": {**record, "entropy": {"text": DICE, "attestation": 5}},
        "custodians": {**record, "event": {**record["event"], "custodians": None}},
        "targets": {**record, "tables": {**record["tables"], "targets": None}},
        "amendments": {**record, "amendments": [{"visits": None}]},
        "visits": {**record, "visits": 1},
    }
    boxes = drop(opened, page, *saved(tmp_path, **spoilt))
    for name, (_, verdict, _, text) in zip(spoilt, boxes, strict=True):
        assert (name, verdict[:2]) == (name, "不符")
        assert (name, "演示批次" in text, "唯一性未证实" in text) == (name, True, True)


def test_the_page_shows_what_it_does(opened, page):
    """试一试: files of the sample, one of them changed."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    opened.get(page.as_uri())
    opened.find_element(By.ID, "try").click()
    WebDriverWait(opened, 60).until(
        lambda b: b.execute_script("return document.body.dataset.done") == "1"
    )
    verdicts = opened.execute_script(
        "return [...document.querySelectorAll('.file .verdict')].map(v => v.className)"
    )
    assert verdicts == [f"verdict {kind}" for kind in ("good", "good", "good", "bad", "good")]
    assert "<noscript>" in page.read_text(encoding="utf-8")


def test_the_companion_lists_what_is_tried():
    text = (ROOT / "docs" / "COMPANION.md").read_text(encoding="utf-8")
    listed = dict(
        re.findall(
            r"^\| V(\d) \| (.*) \|$",
            text[text.index("## §C5") :],
            re.MULTILINE,
        )
    )
    tried = {name: step for name, (_, _, step) in TAMPERINGS.items()} | {
        f"ledger: {name}": 1 for name in LEDGER_CHANGES
    }
    tried["two documents: two commitments for one attempt"] = 3
    assert {
        name: int(step) for step, names in listed.items() for name in names.split("; ")
    } == tried


NO_RECORDS = {
    "torn": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "not text": lambda data: b"\xff\xfe" + data,
    "twice": lambda data: data * 2,
    "duplicate keys": lambda data: data.replace(b'{"', b'{"protocol":"ssj/1","', 1),
    "a fraction": lambda data: data.replace(b'"attempt":1', b'"attempt":1.0'),
    "a huge number": lambda data: data.replace(b'"attempt":1', b'"attempt":' + b"9" * 400),
    "a list": lambda data: b"[" + data + b"]",
    "deeply nested": lambda data: b"[" * 200_000,
    "a byte-order mark": lambda data: b"\xef\xbb\xbf" + data,
    "another object": lambda data: b'{"a":1}',
}


def test_files_that_are_no_records_are_never_verified(opened, page, good, tmp_path):
    paths = [tmp_path / f"{number:02}.json" for number in range(len(NO_RECORDS))]
    for path, spoil in zip(paths, NO_RECORDS.values(), strict=True):
        path.write_bytes(spoil(good["notice"].read_bytes()))
        with pytest.raises((protocol.ProtocolError, UnicodeDecodeError)):
            in_python(path)
    boxes = drop(opened, page, *paths)
    for name, (_, verdict, steps, _) in zip(NO_RECORDS, boxes, strict=True):
        assert (name, verdict[:5], steps) == (name, "没有核验：", [])


def test_a_file_of_a_gigabyte_is_refused_at_once(opened, page, tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(2**30)  # sparse
    ((_, verdict, steps, _),) = drop(opened, page, path)
    assert "1024 MB" in verdict and steps == [] and os.stat(path).st_size == 2**30


def test_markup_in_a_record_stays_text(opened, page, tmp_path):
    frozen = small_frozen()
    frozen["round"] = "<img src=x onerror=document.title='坏'>"
    frozen["commitment"] = protocol.commit(frozen)
    (tmp_path / "<b>evil.json").write_bytes(protocol.canonical(disclosure.notice(frozen)))
    ((_, _, steps, text),) = drop(opened, page, tmp_path / "<b>evil.json")
    assert steps == [(3, True)] and "<img src=x" in text and opened.title == "双随机抽查核验"
    assert (
        opened.execute_script("return document.querySelectorAll('#results b, #results img').length")
        == 0
    )


def test_nothing_is_loaded_and_nothing_complains(opened, page):
    opened.get_log("browser")
    opened.get(page.as_uri())
    assert opened.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert opened.get_log("browser") == []
    text = page.read_text(encoding="utf-8")
    assert "http" not in text.replace("http-equiv", "")


def test_one_line_is_hashed_as_anywhere_else(opened, page):
    from selenium.webdriver.common.by import By

    opened.get(page.as_uri())
    line = "ssj/1,seed,双随机,1635"
    opened.find_element(By.ID, "line").send_keys(line)
    assert opened.find_element(By.ID, "digest").text == hashlib.sha256(line.encode()).hexdigest()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_its_width(opened, page, good, width):
    opened.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    drop(opened, page, good["drawn"], good["public"])
    assert (
        opened.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        <= 0
    )
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
