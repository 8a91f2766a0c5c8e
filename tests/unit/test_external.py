"""外部抽取: how the platform's list is read, what of it is refused, what is only said, and what the
record holds of it.
"""

from __future__ import annotations

import copy

import pandas as pd
import pytest
from conftest import small_frozen

from ssj import protocol
from ssj.base import params
from ssj.base.errors import InputError
from ssj.draw import disclosure, external, lists
from ssj.papers import confirmation, receipts
from ssj.tables import rawtables, schema, writing
from ssj.workbooks import drawbook

PARAMETERS = {
    "official_draw": "platform",
    "title": "样例抽查",
    "bureau": "样例局",
    "publication_day": "2021-12-06",
    "receipt_internal": True,
    "window": {"start": "2021-12-06", "end": "2021-12-24"},
    "approval": [],
}
TEXT = "3134356236641245"


def elsewhere() -> dict:
    """The small frozen record, to be drawn by the platform; S004 is not in task R2, S003 is
    excluded from it.
    """
    record = copy.deepcopy(small_frozen())
    record["parameters"] |= PARAMETERS
    for task in record["tables"]["tasks"]:
        task["internal"]["kind"] = "内部"
    for target in record["tables"]["targets"]:
        target["internal"] |= {"address": "", "area": "", "section": ""}
        for frame in target["internal"]["frames"]:
            frame["reason"] = ""
    third, fourth = (record["tables"]["targets"][n]["internal"]["frames"] for n in (2, 3))
    third[1].update(size=0, reason="状态为“注销”")
    del fourth[1]
    return {**record, "commitment": protocol.commit(record)}


ROWS = [
    ("R1", "S001", "PT-1", "样例第1公司"),
    ("R1", "S002", "PT-1", ""),
    ("R1", "S003", "PT-1", ""),
    ("R2", "S001", "PT-2", ""),
    ("R2", "S005", "PT-2", ""),
]


def write(folder, rows, **more):
    frame = pd.DataFrame(
        [{"任务编号": t, "编号": i, "平台任务编号": n, "名称": name} for t, i, n, name in rows]
    )
    writing.write_xlsx(folder / "external.xlsx", {"名单": frame.assign(**more)})


def read(folder, rows, **more):
    write(folder, rows, **more)
    return external.read(folder, elsewhere())


def codes(listing) -> list[tuple[str, int | None]]:
    return [(p.code, p.row) for p in listing.problems]


def test_a_sound_list_has_no_problem(tmp_path):
    assert codes(read(tmp_path, ROWS)) == []


def test_a_round_drawn_here_reads_nothing(tmp_path):
    record = small_frozen()
    listing = external.read(tmp_path, record)
    assert (listing.rows, listing.problems, external.recorded(record, listing)) == ((), (), {})
    seed = protocol.seed_of(record["commitment"], TEXT)
    assert external.drawn(record, seed, listing) == protocol.draw_targets(record, seed)


FOUND = {  # name → rows instead of or beside the sound ones, and the problems that come of it
    "unknown task": ([*ROWS, ("R9", "S001", "", "")], [("X20", 7)]),
    "unknown target": ([*ROWS, ("R1", "S404", "", "")], [("X21", 7), ("X28", None)]),
    "both unknown": ([*ROWS, ("R9", "S404", "", "")], [("X20", 7), ("X21", 7)]),
    "no item applies": ([*ROWS, ("R1", "S004", "", "")], [("X22", 7), ("X28", None)]),
    "twice": ([*ROWS, ("R1", "S001", "PT-7", "")], [("X23", 7)]),
    "another name": ([("R1", "S001", "", "样例旧名公司"), *ROWS[1:]], [("X24", 2)]),
    "a name in full width": ([("R1", "S001", "", "样例第１ 公司"), *ROWS[1:]], []),
    "out of scope": ([*ROWS[:4], ("R2", "S004", "", "")], [("X25", 6)]),
    "excluded": ([*ROWS[:4], ("R2", "S003", "", "")], [("X26", 6)]),
    "a task is missing": (ROWS[:3], [("X27", None)]),
    "fewer than planned": (ROWS[:4], [("X28", None)]),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_found(tmp_path, name, monkeypatch):
    rows, expected = FOUND[name]
    record = elsewhere()
    if name == "no item applies":
        record["tables"]["targets"][3]["internal"]["category"] = "物业"
    write(tmp_path, rows)
    listing = external.read(tmp_path, record)
    assert codes(listing) == expected
    assert all(
        external.CHECKS[p.code].severity == p.severity and p.file == "external.xlsx" and p.column
        for p in listing.problems
    )
    if any(p.severity == "error" for p in listing.problems):
        with pytest.raises(InputError):
            external.require(listing)
    else:
        external.require(listing)
        external.drawn(record, "0" * 64, listing)


def test_every_check_is_tried():
    assert {code for _, found in FOUND.values() for code, _ in found} == set(external.CHECKS)


def test_messages_say_where_and_what_to_do(tmp_path):
    listing = read(tmp_path, [*ROWS[:4], ("R2", "S003", "", "")])
    assert [str(p) for p in listing.problems] == [
        (
            "external.xlsx 工作表“名单” 第 6 行 “编号”列：封库时在任务 R2 "
            "中列为不抽（状态为“注销”），照平台的名单检查，现为“S003”。请与平台核对；查明原因，"
            "写入抽取现场记录。"
        )
    ]


BAD = {
    "no file": (None, ["F01"]),
    "no rows": (lambda folder: write(folder, []), ["F06"]),
    "no column": (
        lambda folder: writing.write_xlsx(
            folder / "external.xlsx", {"名单": pd.DataFrame({"任务编号": ["R1"], "名称": ["样例"]})}
        ),
        ["F06"],
    ),
    "empty cells": (
        lambda folder: write(folder, [("", "S001", "", ""), ("R1", "", "", "")]),
        ["X01", "X01"],
    ),
    "lost digits": (lambda folder: write(folder, [("R1", 9.14690062012665e17, "", "")]), ["X04"]),
    "not an id": (lambda folder: write(folder, [("R1", "S 001?", "", "")]), ["X02"]),
    "a phone number": (
        lambda folder: write(folder, ROWS, 备注=["电13812345678", "", "", "", ""]),
        ["X17"],
    ),
    "no table": (
        lambda folder: (folder / "external.xlsx").write_bytes(b"PK\x03\x04 no workbook"),
        ["F04"],
    ),
    "two files": (
        lambda folder: (
            write(folder, ROWS),
            (folder / "external.csv").write_text("任务编号,编号\nR1,S001\n", encoding="utf-8"),
        ),
        ["F01"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(tmp_path, name):
    make, expected = BAD[name]
    if make:
        make(tmp_path)
    listing = external.read(tmp_path, elsewhere())
    assert [p.code for p in listing.problems if p.severity == "error"] == expected
    with pytest.raises(InputError):
        external.require(listing)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_other_formats(tmp_path, suffix):
    frame = pd.DataFrame([{"任务编号": t, "编号": i} for t, i, _, _ in ROWS])
    if suffix == "csv":
        frame.to_csv(tmp_path / "external.csv", index=False, encoding="gb18030")
    else:
        frame.to_parquet(tmp_path / "external.parquet")
    listing = external.read(tmp_path, elsewhere())
    assert listing.problems == () and [(r["task"], r["target"]) for r in listing.rows] == [
        (t, i) for t, i, _, _ in ROWS
    ]


@pytest.fixture
def drawn(tmp_path) -> dict:
    """The draw record of the small round, drawn by the platform with a row twice."""
    record = elsewhere()
    write(tmp_path, [*ROWS, ROWS[0]], 抽取时间=["2021-11-26 10:30"] * 6)
    listing = external.read(tmp_path, record)
    parts = external.drawn(record, protocol.seed_of(record["commitment"], TEXT), listing)
    entropy = {
        "text": TEXT,
        "time": "2021-11-26T10:06:00+08:00",
        "place": "大厅",
        "roles": [],
        "attestation": [],
    }
    return {
        **record,
        "entropy": entropy,
        **protocol.draw(record, TEXT, {p["task"]: p["external"] for p in parts}),
        **external.recorded(record, listing),
    }


def test_the_list_becomes_the_draw(drawn):
    assert drawn["drawn"] == [
        {"task": "R1", "external": ["S001", "S002", "S003"]},
        {"task": "R2", "external": ["S001", "S005"]},
    ]
    assert [(r["row"], r["number"], r["time"]) for r in drawn["platform_list"]][-1] == (
        7,
        "PT-1",
        "2021-11-26 10:30",
    )
    assert [(s.number, s.holds) for s in protocol.verify(drawn)] == [
        (3, True),
        (4, True),
        (5, None),
        (6, True),
        (7, True),
    ]
    protocol.require(protocol.verify(drawn))


def test_lists_claim_no_chance(drawn):
    rows = lists.drawn_rows(drawn, drawn["seed"], drawn["drawn"])
    assert [{k: r[k] for k in ("task", "count", "n", "external")} for r in rows] == [
        {"task": "R1", "count": 5, "n": 3, "external": 3},
        {"task": "R2", "count": 3, "n": 2, "external": 2},
    ]
    named = lists.target_rows(drawn, drawn["seed"], drawn["drawn"])
    assert [(r["task"], r["id"], r["how"]) for r in named][:2] == [
        ("R1", "S001", "外部抽取"),
        ("R1", "S002", "外部抽取"),
    ]
    for columns, shown in (
        (lists.drawn_columns(drawn), rows),
        (lists.target_columns(drawn), named),
    ):
        assert set(columns) <= set(shown[0]) and not {
            "ticket",
            "stratum",
            "certain",
            "by_ticket",
            "last",
        } & set(columns)
    assert lists.merging(drawn["drawn"], drawn["visits"]) == {
        "不合并需检查（户次）": 5,
        "合并后（户次）": 4,
        "合并减少（户次）": 1,
    }


def test_columns_of_a_round_drawn_here(small_record):
    rows, named = (
        make(small_record, small_record["seed"], small_record["drawn"])
        for make in (lists.drawn_rows, lists.target_rows)
    )
    assert set(lists.drawn_columns(small_record)) <= set(rows[0]) and set(
        lists.target_columns(small_record)
    ) <= set(named[0])


def test_files_say_who_drew(drawn):
    total = lists.counts(drawn)
    assert [(t["count"], t["n"], t["drawn"]) for t in total["tasks"]] == [(5, 3, 3), (3, 2, 2)]
    assert {row["抽取方式"] for row in drawbook._View(drawn).targets()} == {"外部抽取"}
    form = confirmation.confirmation(drawn)
    assert (
        "外部抽取" in form["banner"]
        and "照录省级平台的名单" in form["statement"]
        and params.ELSEWHERE in form["banners"]
    )


def test_banners(drawn):
    assert params.ELSEWHERE in params.banners(drawn) and params.ELSEWHERE in params.banners(
        elsewhere()
    )
    assert params.ELSEWHERE not in params.banners(small_frozen())


def test_views_and_receipts_say_it(drawn, tmp_path):
    published = disclosure.published(drawn)
    assert published["committed"]["official_draw"] == "platform" and [
        v["id"] for v in published["visits"]
    ] == ["S001", "S002", "S003"]
    assert "PT-1" not in str(published)
    pages = [
        p.read_text(encoding="utf-8")
        for p in receipts.write(drawn, ["S001", "S004"], tmp_path / "r", lambda text: None)
        if p.suffix == ".html"
    ]
    assert all(
        params.ELSEWHERE in page
        and "是否抽中由省级平台决定，与签号无关" in page
        and "申报抽中机会" not in page
        for page in pages
    )
    assert "抽中</span>" in pages[0] and "未抽中</span>" in pages[1]


def test_the_list_is_redacted_like_any_table(tmp_path):
    from ssj.casebook import taking

    write(tmp_path, ROWS, 联系电话=["13812345678"] * 5)
    (tmp_path / "in").mkdir()
    taken = taking.take_list(tmp_path, "external", tmp_path / "in")
    assert (
        taken["redacted"]
        and taken["dropped"] == ["联系电话"]
        and taken["sha256"] == protocol.sha256((tmp_path / "external.xlsx").read_bytes())
    )
    kept = rawtables.read(tmp_path / "in" / "external.xlsx", schema.headers("external"))
    assert kept.frame["联系电话"].isna().all() if "联系电话" in kept.frame else True
    assert "13812345678" not in str(kept.frame.values.tolist())
    assert external.read(tmp_path / "in", elsewhere()).problems == ()
