"""Whatever is changed, added, removed or swapped in an archive, the fast audit says so and names
the place.
"""

from __future__ import annotations

import json
import random
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from archived import DRAW, FREEZE, last, numbered, report_of

from ssj import protocol
from ssj.audit import again, audit
from ssj.casebook import archive, runner
from ssj.draw import disclosure

from .conftest import forge, rebuild

STAGES = numbered("freeze", "draw")
BINDING = archive.MANIFESTS
EXTRA_DRAW = last("freeze", "draw", "draw")


def step(report: audit.Report, number: int) -> protocol.Step:
    return next(s for s in report.steps if s.number == number)


def failed(report: audit.Report) -> list[int]:
    return [s.number for s in report.steps if s.holds is False]


def files_of(project: Path) -> dict[str, Path]:
    """All files of both bags, by ``stage/path``."""
    folder = project / "outputs" / "sample60"
    return {
        p.relative_to(folder).as_posix(): p
        for s in STAGES
        for p in sorted((folder / s).rglob("*"))
        if p.is_file()
    }


@pytest.fixture
def seals(monkeypatch):
    """Audits do V1 and V2 only: hundreds of them in a few seconds."""
    for module, name in (
        (audit, "derived"),
        (audit, "step"),
        (again.Makers, "sources"),
        (again, "pages"),
    ):
        monkeypatch.setattr(module, name, lambda *_: ())


# --- bytes ---


def offsets(size: int, seed: str) -> list[int]:
    """First, middle, last, and five pseudo-random ones."""
    rng = random.Random(seed)
    return sorted({0, size // 2, size - 1, *(rng.randrange(size) for _ in range(5))})


def flipped(data: bytes, at: int) -> bytes:
    mask = random.Random(f"{at},{len(data)}").randrange(1, 256)
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def test_the_untouched_round_passes(done_sample60):
    report = report_of(done_sample60)
    assert (report.exit_code, failed(report), report.junk) == (0, [], [])


def test_a_byte_flip_in_any_file_is_caught(copy_sample60, seals):
    missed = []
    for name, path in files_of(copy_sample60).items():
        data = path.read_bytes()
        changes = [flipped(data, at) for at in offsets(len(data), name)] + [
            b"",
            data[:-1],
            data + b"\n",
        ]
        stage, _, file = name.partition("/")
        for number, change in enumerate(changes):
            path.write_bytes(change)
            report = report_of(copy_sample60)
            said = {  # a blank line more, or its line end less, is told for what it is
                f"{stage}：{file} 的内容与登记的不符",
                (
                    f"{stage}：1 个文件只差换行符、BOM 或空行，内容相同（编辑软件或 git 改的，"
                    f"请从备份恢复，或按使用手册“换行符被改”一节改回）：{file}"
                ),
            }
            if report.exit_code != 5 or not any(text in step(report, 2).detail for text in said):
                missed.append((name, number, step(report, 2).detail))
        path.write_bytes(data)
    assert not missed
    assert report_of(copy_sample60).exit_code == 0  # all is as it was


def test_every_single_byte_of_the_tag_manifests_is_bound(copy_sample60):
    """bagit alone misses about one flip in fourteen here."""
    missed = []
    for entry in archive.read_entries(copy_sample60 / "outputs"):
        bag = copy_sample60 / "outputs" / "sample60" / entry["stage"]
        path = bag / BINDING[0]
        data = path.read_bytes()
        for at in range(len(data)):
            path.write_bytes(flipped(data, at))
            problems, _ = archive.bag_problems(bag, entry["bag"])
            if f"{BINDING[0]} 的内容与登记的不符" not in problems:
                missed.append((entry["stage"], at, problems))
        path.write_bytes(data)
    assert not missed


def test_a_byte_flip_in_any_ledger_line_is_caught(copy_sample60, seals):
    path = copy_sample60 / "outputs" / archive.LEDGER
    data = path.read_bytes()
    starts = [0, *(at + 1 for at, byte in enumerate(data) if byte == ord("\n"))]
    missed = []
    for line, (start, end) in enumerate(pairwise(starts), 1):
        for at in offsets(end - start, f"line {line}"):
            path.write_bytes(flipped(data, start + at))
            report = report_of(copy_sample60)
            if report.exit_code != 5 or not names_line(step(report, 1).detail, line):
                missed.append((line, at, step(report, 1).detail))
    assert not missed


def names_line(text: str, line: int) -> bool:
    return f"留痕登记簿第 {line} 行" in text or (line == 2 and "留痕登记簿最后一行不完整" in text)


def test_every_single_byte_of_the_ledger_is_bound(done_sample60):
    data = (done_sample60 / "outputs" / archive.LEDGER).read_bytes()
    for at in range(len(data)):
        with pytest.raises(protocol.ProtocolError):
            protocol.read_ledger(flipped(data, at).decode("utf-8", errors="surrogateescape"))


# --- files added, removed, swapped ---

ADDED = {
    "beside the manifests": f"{FREEZE}/extra.txt",
    "hidden": f"{DRAW}/.hidden",
    "another manifest": f"{DRAW}/manifest-md5.txt",
    "another tag manifest": f"{FREEZE}/tagmanifest-md5.txt",
    "fetch list": f"{FREEZE}/fetch.txt",
    "in data": f"{DRAW}/data/extra.html",
    "in data/in": f"{FREEZE}/data/in/items.csv",
    "in data/out": f"{DRAW}/data/out/draw (2).json",
    "deep in data/out": f"{DRAW}/data/out/more/draw.json",
    "hidden in data/out": f"{FREEZE}/data/out/.freeze.json",
    "named in Chinese": f"{DRAW}/data/新名单.xlsx",
    "beside the bags": "名单.xlsx",
    "hidden beside the bags": ".extra",
}


@pytest.mark.parametrize("name", ADDED.values(), ids=ADDED.keys())
def test_an_added_file_is_caught(copy_sample60, seals, name):
    path = copy_sample60 / "outputs" / "sample60" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x", encoding="utf-8")
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert f"{name.partition('/')[2] or name} 是多出来的" in step(report, 2).detail


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (EXTRA_DRAW, "empty"),
        (EXTRA_DRAW, "a copy of the draw"),
        (EXTRA_DRAW.replace("draw", "extra"), "a copy of the draw"),
        ("00-freeze", "a copy of the draw"),
    ],
)
def test_an_added_stage_is_caught(copy_sample60, name, content):
    folder = copy_sample60 / "outputs" / "sample60"
    if content == "empty":
        (folder / name).mkdir()
    else:
        shutil.copytree(folder / DRAW, folder / name)
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert f"{name} 没有登记" in step(report, 1).detail


@pytest.mark.parametrize(
    "inside", [f"{DRAW}/data/out/draw.json", f"{DRAW}/data/out", f"{DRAW}/data"]
)
def test_a_link_in_place_of_a_file_is_caught(copy_sample60, tmp_path, seals, inside):
    path = copy_sample60 / "outputs" / "sample60" / inside
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    try:
        path.symlink_to(elsewhere)
    except OSError:
        pytest.skip("links can't be made here")
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert f"{DRAW}：" in step(report, 2).detail


def test_a_removed_file_is_caught(copy_sample60, seals):
    missed = []
    for name, path in files_of(copy_sample60).items():
        data = path.read_bytes()
        path.unlink()
        report = report_of(copy_sample60)
        stage, _, file = name.partition("/")
        if report.exit_code != 5 or f"{stage}：{file} 不见了" not in step(report, 2).detail:
            missed.append((name, step(report, 2).detail))
        path.write_bytes(data)
    assert not missed


@pytest.mark.parametrize("name", STAGES)
def test_a_removed_bag_is_caught(copy_sample60, name):
    shutil.rmtree(copy_sample60 / "outputs" / "sample60" / name)
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert f"{name}：档案包不见了" in step(report, 2).detail


@pytest.mark.parametrize("name", ["data", "data/in", "data/out"])
def test_a_removed_folder_is_caught(copy_sample60, seals, name):
    shutil.rmtree(copy_sample60 / "outputs" / "sample60" / DRAW / name)
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert f"{DRAW}：" in step(report, 2).detail


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        ([1], "留痕登记簿第 1 行"),
        ([0], f"{DRAW} 没有登记"),
        ([1, 0], "留痕登记簿第 1 行"),
        ([0, 1, 1], "留痕登记簿第 3 行"),
        ([], f"{FREEZE} 没有登记"),
    ],
)
def test_a_removed_swapped_or_doubled_ledger_line_is_caught(copy_sample60, keep, said):
    path = copy_sample60 / "outputs" / archive.LEDGER
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[n] for n in keep))
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert said in step(report, 1).detail


def test_without_a_ledger_nothing_passes(copy_sample60):
    (copy_sample60 / "outputs" / archive.LEDGER).unlink()
    report = report_of(copy_sample60)
    assert (report.exit_code, failed(report)) == (6, [])
    assert step(report, 1).holds is None and "没有留痕登记簿" in step(report, 1).detail
    assert step(report, 2).holds is None


def test_without_a_ledger_a_changed_file_still_fails(copy_sample60):
    (copy_sample60 / "outputs" / archive.LEDGER).unlink()
    path = copy_sample60 / "outputs" / "sample60" / DRAW / "data" / "out" / "draw.json"
    path.write_bytes(flipped(path.read_bytes(), 1000))
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert f"{DRAW}：data/out/draw.json 的内容与登记的不符" in step(report, 2).detail


@pytest.mark.parametrize(
    "name", ["notebook.ipynb", "public.html", "in/stage.json", "in/round.toml", "protocol.py"]
)
def test_files_swapped_between_the_bags_are_caught(copy_sample60, seals, name):
    outputs = copy_sample60 / "outputs" / "sample60"
    files = [outputs / stage / "data" / name for stage in (FREEZE, DRAW)]
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, reversed(contents), strict=True):
        file.write_bytes(content)
    report = report_of(copy_sample60)
    if contents[0] == contents[1]:  # the same program lies in both
        assert report.exit_code == 0
    else:
        assert report.exit_code == 5
        assert all(
            f"{stage}：data/{name} 的内容与登记的不符" in step(report, 2).detail
            for stage in (FREEZE, DRAW)
        )


def test_one_bag_in_the_place_of_the_other_is_caught(copy_sample60):
    folder = copy_sample60 / "outputs" / "sample60"
    (folder / FREEZE).rename(folder / "x")
    (folder / DRAW).rename(folder / FREEZE)
    (folder / "x").rename(folder / DRAW)
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert all(
        f"{stage}：{BINDING[0]} 的内容与登记的不符" in step(report, 2).detail
        for stage in (FREEZE, DRAW)
    )


# --- bags rebuilt, ledgers forged ---


def edit(path: Path, change) -> None:
    """Change a record on disk."""
    record = archive.read_record(path)
    change(record)
    path.write_bytes(protocol.canonical(record))


@pytest.mark.parametrize("stage", STAGES)
def test_a_rebuilt_bag_does_not_fit_the_ledger(copy_sample60, stage):
    bag = copy_sample60 / "outputs" / "sample60" / stage
    page = bag / "data" / "public.html"
    page.write_text(page.read_text(encoding="utf-8").replace("样例", "范例"), encoding="utf-8")
    rebuild(bag)
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert f"{stage}：{BINDING[0]} 的内容与登记的不符" in step(report, 2).detail


def test_a_forgery_that_changes_nothing_passes(copy_sample60):
    """So that the forgeries below are caught for what they change."""
    forge(copy_sample60)
    assert report_of(copy_sample60).exit_code == 0


def swap_drawn(record) -> None:
    """A friend's firm goes, another one of its stratum comes."""
    part = next(p for p in record["drawn"] if p["by_ticket"] and p["n"] < p["count"])
    framed = dict(protocol.frames(record))[part["task"], part["stratum"]]
    part["by_ticket"][0] = next(
        i for i, size in framed if size and i not in part["certain"] + part["by_ticket"]
    )


def change_visit(record) -> None:
    record["visits"][0]["items"].pop()


def change_officer(record) -> None:
    first, *others = record["officers"]["taken"]
    other = next(seat for seat in others if seat["officer"] != first["officer"])
    first["officer"], other["officer"] = other["officer"], first["officer"]


def change_seed(record) -> None:
    record["seed"] = protocol.seed_of(record["commitment"], "1" * 16)


def change_entropy(record) -> None:
    """Other dice, and the whole draw made again from them: only entropy.toml and the notebook still
    tell.
    """
    record["entropy"]["text"] = "1" * 16
    record.update(protocol.draw(record, "1" * 16))


FORGED = {
    "drawn id": (swap_drawn, 5, "drawn"),
    "visit": (change_visit, 6, "visits"),
    "officer": (change_officer, 7, "officers"),
    "seed": (change_seed, 4, "seed"),
    "event text": (change_entropy, 4, "entropy"),
    "commitment": (lambda r: r.update(commitment="0" * 64), 4, "commitment"),
    "roles": (lambda r: r["entropy"]["roles"].pop(), 4, "entropy"),
    "salt": (lambda r: r.update(salt="0" * 64), 4, "salt"),
}


@pytest.mark.parametrize(("change", "number", "said"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_draw_is_caught(copy_sample60, change, number, said):
    forge(copy_sample60, draw=lambda data: edit(data / "out" / "draw.json", change))
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert number in failed(report) and {1, 2} & set(failed(report)) == set()
    assert (
        step(report, number).detail.startswith(f"{DRAW}：") and said in step(report, number).detail
    )


def heavier(record) -> None:
    """One excluded or light target gets a larger size; the commitment follows."""
    frame = next(
        f
        for t in record["tables"]["targets"]
        for f in t["internal"]["frames"]
        if f["stratum"] == "*"
    )
    frame["size"] += 7
    record["commitment"] = protocol.commit(record)


def publish(data: Path) -> None:
    """The public record made to fit the draw record."""
    record = archive.read_record(data / "out" / "draw.json")
    (data / "out" / "public.json").write_bytes(protocol.canonical(disclosure.published(record)))


def a_firm_never_visited(history: dict) -> None:
    history["rounds"].append(
        {
            "round": "2021Q3",
            "attempt": 1,
            "bag": "ab" * 32,
            "window": {"start": "2021-09-01", "end": "2021-09-30"},
            "above_cap": [],
            "visits": [{"id": "2019-999998-47-03-004001", "tasks": ["S01"]}],
        }
    )


def test_an_invented_history_is_caught(copy_sample60):
    """A friend's chance lowered by a visit that never was: the freeze follows from its in/, but not
    from the ledger.
    """

    def freeze(data: Path) -> None:
        edit(data / "in" / "history.json", a_firm_never_visited)

    forge(copy_sample60, freeze=freeze)
    report = report_of(copy_sample60)
    assert report.exit_code == 5 and failed(report)[0] == 3
    assert "in/history.json.rounds" in step(report, 3).detail


def test_another_public_record_is_caught(copy_sample60):
    forge(
        copy_sample60,
        draw=lambda data: edit(data / "out" / "public.json", lambda r: r["visits"].pop()),
    )
    report = report_of(copy_sample60)
    assert (report.exit_code, failed(report)) == (5, [6])
    assert step(report, 6).detail.startswith(f"{DRAW}：public.json.visits")


def test_other_chances_are_caught(copy_sample60):
    def chances(data: Path) -> None:
        edit(data / "out" / "chances.json", lambda c: c["targets"][0].update(visit="0.0001"))

    def draw(data: Path) -> None:
        edit(data / "in" / "chances.json", lambda c: c["targets"][0].update(visit="0.0001"))

    forge(copy_sample60, freeze=chances, draw=draw)
    report = report_of(copy_sample60)
    assert (report.exit_code, failed(report)) == (5, [3])
    assert "chances.json.targets[0].visit" in step(report, 3).detail


def test_a_frozen_size_that_the_inputs_do_not_give_is_caught(copy_sample60):
    """The draw is made anew from the forged freeze, so that everything after it follows."""
    folder = copy_sample60 / "outputs" / "sample60"

    def freeze(data: Path) -> None:
        edit(data / "out" / "freeze.json", heavier)
        notice = disclosure.notice(archive.read_record(data / "out" / "freeze.json"))
        (data / "out" / "notice.json").write_bytes(protocol.canonical(notice))

    def draw(data: Path) -> None:
        for name in ("freeze.json", "notice.json"):
            shutil.copyfile(folder / FREEZE / "data" / "out" / name, data / "in" / name)
        frozen = archive.read_record(data / "in" / "freeze.json")
        edit(
            data / "out" / "draw.json",
            lambda r: r.update(frozen) or r.update(protocol.draw(frozen, r["entropy"]["text"])),
        )
        publish(data)

    forge(copy_sample60, freeze=freeze, draw=draw)
    report = report_of(copy_sample60)
    assert (report.exit_code, failed(report)) == (5, [3])
    assert step(report, 3).detail.startswith(f"{FREEZE}：tables.targets[")


def test_a_draw_from_another_freeze_is_caught(copy_sample60):
    """Freeze and draw each agree with themselves, but the draw was made from something that was
    never frozen.
    """

    def draw(data: Path) -> None:
        edit(data / "in" / "freeze.json", heavier)
        frozen = archive.read_record(data / "in" / "freeze.json")
        edit(
            data / "out" / "draw.json",
            lambda r: r.update(frozen) or r.update(protocol.draw(frozen, r["entropy"]["text"])),
        )
        publish(data)

    forge(copy_sample60, draw=draw)
    report = report_of(copy_sample60)
    assert (report.exit_code, failed(report)) == (5, [3])
    assert f"{DRAW}：in/freeze.json 与 {FREEZE} 的 out/ 不同" in step(report, 3).detail


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"\xff", b'{"parameters": {}}'],
    ids=["empty", "a list", "not text", "no parameters"],
)
@pytest.mark.parametrize(
    ("kind", "name", "number"), [("freeze", "freeze.json", 3), ("draw", "draw.json", 4)]
)
def test_a_record_of_another_shape_is_a_finding_not_a_crash(
    copy_sample60, kind, name, number, content
):
    forge(copy_sample60, **{kind: lambda data: (data / "out" / name).write_bytes(content)})
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert number in failed(report)


def rechained(project: Path, lines: list[dict]) -> None:
    head, text = protocol.NO_HEAD, ""
    for n, entry in enumerate(lines, 1):
        body = {k: v for k, v in entry.items() if k not in ("previous", "hash")}
        line = protocol.ledger_line({**body, "n": n}, head)
        head, text = json.loads(line)["hash"], text + line + "\n"
    (project / "outputs" / archive.LEDGER).write_text(text, encoding="utf-8", newline="\n")


def test_a_ledger_from_which_something_earlier_was_taken_does_not_fit_the_stages(copy_sample60):
    """Each stage says which line the ledger ended with; a forged line before them breaks that."""
    entries = archive.read_entries(copy_sample60 / "outputs")
    rechained(copy_sample60, [{**entries[0], "round": "2020Q1", "stage": FREEZE}, *entries])
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert f"{FREEZE}：in/stage.json 的 previous 与登记不一致" in step(report, 2).detail


@pytest.mark.parametrize("field", ["time", "attempt"])
def test_a_line_that_says_something_else_than_its_stage_is_caught(copy_sample60, field):
    entries = archive.read_entries(copy_sample60 / "outputs")
    entries[-1][field] = 2 if field == "attempt" else "2021-11-26T10:07:00+08:00"
    rechained(copy_sample60, entries)
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert f"{DRAW}：in/stage.json 的 {field} 与登记不一致" in step(report, 2).detail


def test_a_second_draw_in_the_same_attempt_is_caught(copy_sample60):
    """Redrawing until the list suits: both draws are sound, the ledger chains, but no attempt has
    two.
    """
    folder = copy_sample60 / "outputs" / "sample60"
    entries = archive.read_entries(copy_sample60 / "outputs")
    shutil.copytree(folder / DRAW, folder / EXTRA_DRAW)
    stage = runner.read_stage(folder / EXTRA_DRAW / "data")
    runner.write_json(
        folder / EXTRA_DRAW / "data" / "in" / "stage.json",
        {**stage, "ledger_head": entries[-1]["hash"]},
    )
    rebuild(folder / EXTRA_DRAW)
    seal = protocol.sha256((folder / EXTRA_DRAW / BINDING[0]).read_bytes())
    rechained(copy_sample60, [*entries, {**entries[-1], "stage": EXTRA_DRAW, "bag": seal}])
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert EXTRA_DRAW in step(report, 1).detail


def change_cell(mark: Path):
    """One more statement in a cell of the archived notebook, which would leave a mark if it were
    run.
    """

    def change(data: Path) -> None:
        notebook = json.loads((data / "notebook.ipynb").read_text(encoding="utf-8"))
        cell = next(c for c in notebook["cells"] if c["id"] == "write")
        cell["source"] = [*cell["source"], f"\nPath({str(mark)!r}).write_text('x')"]
        (data / "notebook.ipynb").write_text(
            json.dumps(notebook, ensure_ascii=False), encoding="utf-8"
        )

    return change


@pytest.mark.parametrize("kind", ["freeze", "draw"])
def test_a_changed_cell_fails_and_nothing_is_run(copy_sample60, tmp_path, monkeypatch, kind):
    mark = tmp_path / "ran"
    forge(copy_sample60, **{kind: change_cell(mark)})
    monkeypatch.setattr(runner, "fresh_kernel", lambda folder: pytest.fail("a kernel was started"))
    report = report_of(copy_sample60, fast=False)
    assert (report.exit_code, failed(report)) == (5, [8])
    assert "过程记录的单元 write 与发布的不同" in step(report, 8).detail
    assert step(report, 9).holds is None and "不运行" in step(report, 9).detail
    assert not mark.exists()


def change_parameters(source: str):
    def change(data: Path) -> None:
        notebook = json.loads((data / "notebook.ipynb").read_text(encoding="utf-8"))
        next(c for c in notebook["cells"] if c["id"] == "injected-parameters")["source"] = source
        (data / "notebook.ipynb").write_text(
            json.dumps(notebook, ensure_ascii=False), encoding="utf-8"
        )

    return change


@pytest.mark.parametrize(
    "source",
    [
        '# Parameters\nround_id = "sample60"\nattempt = 2\n',
        "import os",
        "attempt = 1",
        'round_id = "sample60"\nattempt = 1\nimport os',
        'round_id, attempt = "sample60", 1',
    ],
)
def test_changed_injected_parameters_are_caught(copy_sample60, source):
    forge(copy_sample60, draw=change_parameters(source))
    report = report_of(copy_sample60)
    assert (report.exit_code, failed(report)) == (5, [8])


def test_another_program_is_caught(copy_sample60):
    def change(data: Path) -> None:
        stage = runner.read_stage(data)
        runner.write_json(
            data / "in" / "stage.json", {**stage, "code": {**stage["code"], "hash": "0" * 64}}
        )

    forge(copy_sample60, draw=change)
    report = report_of(copy_sample60)
    assert (report.exit_code, failed(report)) == (5, [8])


def test_a_changed_page_is_caught(copy_sample60, monkeypatch):
    def change(data: Path) -> None:
        page = (data / "public.html").read_text(encoding="utf-8")
        (data / "public.html").write_text(page.replace("样例", "范例", 1), encoding="utf-8")

    forge(copy_sample60, draw=change)
    report = report_of(copy_sample60)  # the copy in files/ is as it was
    assert (report.exit_code, failed(report)) == (5, [10])
    assert step(report, 10).detail.startswith("files/抽取结果公告.html 与档案包中的不同")
    monkeypatch.setattr(again, "execution", lambda *_: ())
    shutil.rmtree(copy_sample60 / "outputs" / "sample60" / "files")
    report = report_of(copy_sample60, fast=False)
    assert (report.exit_code, failed(report)) == (5, [10])
    assert step(report, 10).detail.startswith(f"{DRAW}：public.html")


# --- stray files of operating systems and Excel ---

JUNK = [
    f"{DRAW}/Thumbs.db",
    f"{DRAW}/data/.DS_Store",
    f"{FREEZE}/data/in/~$targets.xlsx",
    f"{FREEZE}/data/out/Thumbs.db",
    f"{DRAW}/data/in/~$x.xlsx",
    f"{DRAW}/data/out/desktop.ini",
    ".DS_Store",
]


def test_junk_is_reported_and_does_not_matter(copy_sample60):
    for name in JUNK:
        (copy_sample60 / "outputs" / "sample60" / name).write_bytes(b"x")
    report = report_of(copy_sample60)
    assert (report.exit_code, failed(report)) == (0, [])
    assert sorted(report.junk) == sorted(JUNK)


@pytest.mark.slow
def test_junk_does_not_matter_to_re_execution(copy_sample60):
    for name in JUNK:
        (copy_sample60 / "outputs" / "sample60" / name).write_bytes(b"x")
    report = report_of(copy_sample60, fast=False)
    assert (report.exit_code, failed(report)) == (0, [])
