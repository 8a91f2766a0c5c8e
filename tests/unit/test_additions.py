"""ssj add: a row that the whole check finds sound goes into a file beside the table, anything else
changes nothing; asked for on a terminal, or given with --set.
"""

from __future__ import annotations

import csv
import os
import shutil
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st

from ssj import cli
from ssj.base import files
from ssj.base.errors import InputError, RefusedError, SsjError
from ssj.desk import upkeep
from ssj.rosters import rosters
from ssj.tables import parts, rawtables, schema, writing
from ssj.upkeep import additions
from ssj.upkeep.additions import Entry

WINDOW = (datetime(2021, 12, 6).date(), datetime(2021, 12, 24).date())
TARGET = {
    "编号": "91350100M000100Y43",
    "名称": "样例新增公司",
    "类别": "在建项目",
    "信用风险等级": "b",
    "状态": "存续",
    "成立日期": "2020年1月3日",
    "投诉举报数": "2",
}
OFFICER = {
    "工号": "样9",
    "姓名": "样例新人",
    "部门": "演示县住建局",
    "人员类别": "执法人员",
    "专业": "工程质量",
    "状态": "在岗",
    "执法证号": "样证9",
    "执法证有效期至": "长期",
}
ITEM = {
    "事项编号": "X-1",
    "事项名称": "样例新事项",
    "抽查依据": "样例条例第一条",
    "抽查主体": "演示县住建局",
    "抽查内容": "内容",
    "抽查方式": "现场检查",
    "事项类别": "一般",
    "检查对象类别": "在建项目",
}
KINDS = {"target": ("targets", TARGET), "officer": ("officers", OFFICER), "item": ("items", ITEM)}


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(ROOT / "demo" / "params" / "sample60", tmp_path / "params" / "sample60")


def load(folder: Path) -> rosters.Rosters:
    return rosters.load(folder, "ABCD", "sample60", WINDOW)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def entered(folder: Path, table: str = "targets") -> list[list[str]]:
    """The rows of single entries as they stand in the file."""
    data = (folder / table / parts.ENTRIES).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\r\n")
    return list(csv.reader(data.decode("utf-8-sig").splitlines(), strict=True))


def run(folder: Path, capsys, *arguments: str) -> tuple[int, str]:
    code = cli.main(
        [
            *arguments,
            "--params",
            str(folder.parent),
            "--outputs",
            str(folder.parents[1] / "outputs"),
        ]
    )
    out, err = capsys.readouterr()
    return code, out + err


def sets(values: dict[str, str]) -> list[str]:
    return [word for title, value in values.items() for word in ("--set", f"{title}={value}")]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind(kind, folder, capsys):
    table, values = KINDS[kind]
    before, tables = load(folder), contents(folder)
    code, text = run(folder, capsys, "add", kind, "sample60", *sets(values))
    after, file = load(folder), f"{table}/{parts.ENTRIES}"
    assert (code, text) == (0, f"已写入 {folder.as_posix()}/{file} 第 2 行。\n")
    assert after.every == before.every == ()
    new = getattr(after, table).loc[parts.STEP + 2]
    assert parts.place(getattr(after, table), parts.STEP + 2)["file"] == file
    assert new["name"] == next(v for k, v in values.items() if k.endswith("名称") or k == "姓名")
    for name in rosters.TITLES:
        one, other = getattr(before, name), getattr(after, name)
        assert rosters.changes(one, other).values.tolist() == (
            [[new["id"], "新增", "", "", ""]] if name == table else []
        )
    heads = list(schema.headers(table))
    assert entered(folder, table) == [heads, [values.get(head, "") for head in heads]]
    assert contents(folder).items() - tables.items() == {(file, (folder / file).read_bytes())}
    assert tables.items() <= contents(folder).items(), "all else is as it was to the byte"


def test_quoted_with_a_mark(folder):
    """So that Excel takes it for UTF-8, and other programs codes for text."""
    for n, name in enumerate(("样例“甲”,公司", '样例"乙"公司'), 1):
        entry = Entry(folder, "targets")
        added = entry.write(entry.values((TARGET | {"编号": f"00{n}", "名称": name}).items()))
        assert (added.file, added.row) == (f"targets/{parts.ENTRIES}", n + 1)
    text = (folder / "targets" / parts.ENTRIES).read_text(encoding="utf-8")
    assert text.startswith('\ufeff"编号","名称","类别",')
    assert '\n"001","样例“甲”,公司",' in text and '\n"002","样例""乙""公司",' in text
    assert set(load(folder).targets["id"]) >= {"001", "002"}


# name → (values, message)
REFUSED = {
    "an id that is there": (
        TARGET | {"编号": "{first}"},
        "“编号”列：编号与 targets.xlsx 第 {row} 行重复，名称却不同（targets.xlsx 第 {row} 行是",
    ),
    "a name of two recusals": (TARGET | {"名称": "{recused}"}, "officers.xlsx"),
    "a status that nobody knows": (TARGET | {"状态": "活着"}, "“状态”列：不认识的写法，现为“活着”"),
    "no class": (
        {k: v for k, v in TARGET.items() if k != "信用风险等级"},
        "“信用风险等级”列：必填的格是空的",
    ),
    "a class of another scheme": (
        TARGET | {"信用风险等级": "E"},
        "等级不在本批次的分类方案中，现为“E”。方案中的等级是 A、B、C、D",
    ),
    "a telephone number": (TARGET | {"地址": "样例路 13912345678"}, "文字里有身份证号或手机号"),
    "hidden without a reason": (TARGET | {"是否公开": "否"}, "是否公开为“否”，却没有写不公开依据"),
    "a garbled name": (TARGET | {"名称": "锟斤拷公司"}, "文字有乱码"),
}


@pytest.mark.parametrize(("values", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(values, message, folder, capsys):
    """With exit code 3, and nothing is changed."""
    found = load(folder)
    first = found.targets.loc[[found.targets.index.min()]].iloc[0]
    names = {"first": first["id"], "row": str(found.targets.index.min()), "recused": ""}
    if "{recused}" in values["名称"]:
        book = openpyxl.load_workbook(folder / "officers.xlsx")
        sheet = book.active
        at = [cell.value for cell in sheet[1]].index("回避对象") + 1
        sheet.cell(2, at, first["name"])
        book.save(folder / "officers.xlsx")
        names["recused"] = first["name"]
    before = contents(folder)
    code, text = run(
        folder,
        capsys,
        "add",
        "target",
        "sample60",
        *sets({k: v.format(**names) for k, v in values.items()}),
    )
    assert code == 3 and message.format(**names) in text, text
    assert contents(folder) == before and not (folder / "targets").exists()


def test_all_that_is_wrong_is_said_at_once(folder):
    entry = Entry(folder, "targets")
    with pytest.raises(InputError) as error:
        entry.values(
            [("编号", "9 1"), ("状态", "活着"), ("成立日期", "昨天"), ("投诉举报数", "-1")]
        )
    assert [(p.code, p.column) for p in error.value.problems] == [
        ("T02", "编号"),
        ("T01", "名称"),
        ("T01", "类别"),
        ("T01", "信用风险等级"),
        ("T06", "状态"),
        ("T07", "成立日期"),
        ("T08", "投诉举报数"),
    ]


# name → (arguments, message)
WRONG = {
    "no value": (["--set", "编号"], "“编号”应写成 列名=值"),
    "a column that nobody knows": (
        ["--set", "颜色=红"],
        "targets/单户录入.csv 里没有“颜色”这一列\n可以写：编号、名称、类别、",
    ),
    "a control character": (sets(TARGET | {"名称": "样例\x07公司"}), "看不见的控制字符"),
    "half a character": (sets(TARGET | {"名称": "样例\udc80公司"}), "看不见的控制字符"),
    "too long": (sets(TARGET | {"地址": "长" * 32_768}), "超过 32,767 字"),
    "a formula": (sets(TARGET | {"名称": "=1+1"}), "当作公式"),
    "twice": (["--set", "编号=1", "--set", "统一社会信用代码=2"], "“统一社会信用代码”写了两次"),
    "a telephone column": (["--set", "联系电话=1"], "“联系电话”是个人信息"),
    "nobody to ask": (
        [],
        "没有写明各列的值\n请写 --set 列名=值，如 ssj add target sample60 --set 编号=…",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_wrong_use(arguments, message, folder, capsys):
    code, text = run(folder, capsys, "add", "target", "sample60", *arguments)
    assert code == 1 and message in text


def test_titles_of_the_file(folder):
    """What mapping.toml settles names a column here too, and so do synonyms; in the file stand the
    declared headers.
    """
    book = openpyxl.load_workbook(folder / "targets.xlsx")
    book.active["A2"] = "代码甲"
    book.save(folder / "targets.xlsx")
    (folder / "mapping.toml").write_text('[targets]\n"编号" = "代码甲"\n', encoding="utf-8")
    for n, title in enumerate(("代码甲", "编号")):
        entry = Entry(folder, "targets")
        values = {(title if k == "编号" else k): v for k, v in TARGET.items()}
        values |= {"企业名称": f"{values.pop('名称')}{n}", title: f"样{n}"}
        assert entry.write(entry.values(values.items())).warnings == ()
    assert [row[:2] for row in entered(folder)] == [
        ["编号", "名称"],
        ["样0", "样例新增公司0"],
        ["样1", "样例新增公司1"],
    ]
    assert load(folder).every == ()


# what has become of the file since → what its rows are then
SINCE = {
    "saved by Excel as text of the country": lambda text: text.replace('"', "").encode("gb18030"),
    "saved by Excel as Unicode text": lambda text: (
        text.replace('"', "").replace(",", "\t").encode("utf-16")
    ),
    "other line ends, none at the end": lambda text: (
        text.replace("\r\n", "\n").removesuffix("\n").encode()
    ),
    "blank lines below": lambda text: (text + "\r\n\r\n").encode(),
    "a column fewer, one more": lambda text: "".join(
        line.rpartition(",")[0] + f',"{title}"\r\n'
        for line, title in zip(text.splitlines(), ("备注", "样例备注"), strict=True)
    ).encode(),
}


@pytest.mark.parametrize("since", SINCE.values(), ids=SINCE)
def test_rows_that_are_there_stay(since, folder):
    entry = Entry(folder, "targets")
    entry.write(entry.values(TARGET.items()))
    path = folder / "targets" / parts.ENTRIES
    path.write_bytes(since(path.read_bytes().decode("utf-8-sig")))
    before = load(folder).targets
    entry = Entry(folder, "targets")
    added = entry.write(entry.values((TARGET | {"编号": "样2"}).items()))
    assert rosters.changes(before, load(folder).targets).values.tolist() == [
        ["样2", "新增", "", "", ""]
    ]
    rows = entered(folder)
    assert rows[added.row - 1][0] == "样2" and len(rows) == added.row
    assert {"样例备注"} & {cell for row in rows for cell in row} == (
        {"样例备注"} if "备注" in rows[0] else set()
    )


@pytest.mark.parametrize("line", ["样例县名录\r\n", '"编号","编号"\r\n', ""])
def test_a_file_without_its_header_is_left_alone(line, folder):
    entry = Entry(folder, "targets")
    values = entry.values(TARGET.items())
    entry.write(values)
    path = folder / "targets" / parts.ENTRIES
    text = path.read_text(encoding="utf-8")
    path.write_text(line + text if line else text.partition("\n")[2], encoding="utf-8")
    before = contents(folder)
    with pytest.raises(SsjError):
        entry.write(entry.values((TARGET | {"编号": "样2"}).items()))
    assert contents(folder) == before


def test_errors_that_were_there_before(folder, capsys):
    """Do not stop it, are counted, and are not hidden."""
    book = openpyxl.load_workbook(folder / "targets.xlsx")
    book.active["E3"] = "活着"
    book.save(folder / "targets.xlsx")
    code, text = run(folder, capsys, "add", "target", "sample60", *sets(TARGET))
    assert (
        code == 0 and text.splitlines()[-1] == "资料中原有错误 1 个，没有增加：ssj check sample60"
    )


def test_warnings_are_said(folder, capsys):
    code, text = run(
        folder, capsys, "add", "target", "sample60", *sets(TARGET | {"成立日期": "2021-12-10"})
    )
    assert code == 0 and text.startswith(
        "提醒：targets/单户录入.csv 第 2 行 “成立日期”列："
        "成立日期晚于检查期的第一天（2021-12-06），现为“2021-12-10”"
    )


def test_what_would_be_read_as_an_example(folder, capsys):
    """A row that the reader would leave out is not written."""
    before = contents(folder)
    code, text = run(folder, capsys, "add", "target", "sample60", *sets(TARGET | {"编号": "示例1"}))
    assert (
        code == 1
        and text.startswith("\n写入后读不出这一行（编号 示例1），没有改动文件\n它的第一格像是示例")
        and contents(folder) == before
    )


def test_a_frozen_round(folder, capsys, monkeypatch):
    from ssj.casebook import archive

    entry = {
        "n": 1,
        "round": "sample60",
        "attempt": 1,
        "stage": "01-freeze",
        "time": "2021-11-22T10:00:00+08:00",
    }
    monkeypatch.setattr(archive, "as_it_stands", lambda outputs: archive.Archive(outputs, [entry]))
    code, text = run(folder, capsys, "add", "target", "sample60", *sets(TARGET))
    assert code == 0 and text.startswith("提醒：本批次已封库，改动不影响已封库的名单。\n")


@pytest.mark.parametrize("name", ["~$targets.xlsx", "targets/.~lock.单户录入.csv#"])
def test_open_elsewhere(name, folder, capsys):
    entry = Entry(folder, "targets")
    entry.write(entry.values((TARGET | {"编号": "样2"}).items()))
    (folder / name).write_bytes(b"x")
    before = contents(folder)
    code, text = run(folder, capsys, "add", "target", "sample60", *sets(TARGET))
    assert code == 3 and "表格正在 Excel 中打开。请保存并关闭后再运行一次。" in text
    assert contents(folder) == before


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "parquet"])
def test_beside_any_kind_of_table(suffix, folder):
    frame = rawtables.read(folder / "targets.xlsx", schema.headers("targets")).frame
    texts = frame.map(lambda cell: None if cell is None else str(cell))
    (folder / "targets.xlsx").unlink()
    if suffix == "xlsx":
        writing.write_xlsx(folder / "targets.xlsx", {"表": texts})
    elif suffix == "csv":
        texts.to_csv(folder / "targets.csv", index=False, encoding="gb18030")
    else:
        texts.to_parquet(folder / "targets.parquet")
    entry = Entry(folder, "targets")
    entry.write(entry.values(TARGET.items()))
    assert len(load(folder).targets) == 61


def test_one_file_for_each_section(folder):
    """The entries are one file more."""
    (folder / "targets").mkdir()
    (folder / "targets.xlsx").rename(folder / "targets" / "样例股.xlsx")
    entry = Entry(folder, "targets")
    added = entry.write(entry.values(TARGET.items()))
    assert (added.file, added.row, added.warnings) == ("targets/单户录入.csv", 2, ())
    assert [one.file for one in load(folder).tallies["targets"].files] == [
        "targets/样例股.xlsx",
        "targets/单户录入.csv",
    ]


def test_changed_in_between(folder, monkeypatch):
    """Somebody saved the file while we looked at it: theirs stays."""
    entry = Entry(folder, "targets")
    values, real = entry.values(TARGET.items()), additions.rosters.load
    theirs = '"编号","名称"\r\n'.encode()

    def meanwhile(place, *arguments):
        (folder / "targets").mkdir(exist_ok=True)
        (folder / "targets" / parts.ENTRIES).write_bytes(theirs)
        return real(place, *arguments)

    monkeypatch.setattr(additions.rosters, "load", meanwhile)
    with pytest.raises(SsjError, match="刚刚被别的程序改动过，没有写入"):
        entry.write(values)
    assert (folder / "targets" / parts.ENTRIES).read_bytes() == theirs


def test_a_new_round(tmp_path):
    """Blank tables and a round.toml that is not filled in: the classes are known from it, and the
    first row goes in; that all rows are single entries is said.
    """
    from ssj.upkeep import starter

    folder = starter.new_round(tmp_path / "params", "2026Q4", None)
    entry = Entry(folder, "targets")
    added = entry.write(entry.values(TARGET.items()))
    assert added.row == 2 and [(p.code, p.message) for p in added.warnings] == [
        ("F19", "表里没有数据行，只有单户录入的 1 行")
    ]
    entry = Entry(folder, "targets")
    assert entry.write(entry.values((TARGET | {"编号": "样2"}).items())).row == 3


def test_the_next_round_takes_them_over(folder):
    from ssj.upkeep import starter

    entry = Entry(folder, "officers")
    entry.write(entry.values(OFFICER.items()))
    made = starter.new_round(folder.parent, "2026Q4", "sample60")
    assert (made / "officers" / parts.ENTRIES).read_bytes() == entry.path.read_bytes()
    assert rosters.changes(load(folder).officers, load(made).officers).empty


# --- asked for ---


def talk(entry: Entry, *answers: str) -> tuple[list[tuple[str, str]], list[str]]:
    said, left = [], list(answers)

    def ask(prompt: str) -> str:
        said.append(prompt)
        return left.pop(0)

    pairs = upkeep.asked(entry, ask, said.append, lambda: datetime(2021, 11, 22))
    assert left == []
    return pairs, said


def test_asked_one_by_one(folder):
    """Each answer is checked at once; a blank one is nothing, 0 is a number."""
    entry = Entry(folder, "officers")
    answers = {
        "工号": ["", "样 9", "样9"],
        "姓名": ["样例新人"],
        "人员类别": ["临时", "执法"],
        "执法证有效期至": ["明年", "长期"],
        "年度上限": ["0"],
    } | {
        k: [v]
        for k, v in OFFICER.items()
        if k not in ("工号", "姓名", "人员类别", "执法证有效期至")
    }
    pairs, said = talk(
        entry,
        *(answer for column in entry.columns for answer in answers.get(column.header, [""])),
        "是",
    )
    assert dict(pairs) == OFFICER | {"人员类别": "执法", "年度上限": "0"}
    assert said[0].startswith("逐项填写 officers/单户录入.csv 的一行；必填的标“*”")
    assert said[1] == "* 工号："
    assert "  必填的格是空的。请补上；如果这一行是说明、合计或空样例，请删去整行。" in said
    assert (
        any(line.startswith("  不认识的写法。可以写：") for line in said)
        and "* 人员类别（执法、日常监管、专家、执法人员、日常监管人员）：" in said
    )
    assert any(line.startswith("  日期不能识别") for line in said)


def test_not_wanted_after_all(folder):
    entry, before = Entry(folder, "officers"), contents(folder)
    with pytest.raises(RefusedError, match="没有写入"):
        talk(entry, *(OFFICER.get(column.header, "") for column in entry.columns), "否")
    assert contents(folder) == before


# --- properties ---

# three in a row look like mojibake
NAMES = (
    st.text(st.sampled_from("样例甲乙丙①（）()·-&<>\"'Ａ a1"), min_size=1, max_size=10)
    .filter(lambda t: "···" not in t)
    .map(lambda t: "样例" + t)
)


@examples(1 / 8)
@given(
    name=NAMES,
    code=st.from_regex("[0-9A-Z]{6,12}X", fullmatch=True),
    complaints=st.integers(0, 999),
    day=st.dates(WINDOW[0].replace(year=1990), WINDOW[0]),
    public=st.booleans(),
    tags=st.lists(st.sampled_from(["专项整治", "重点检查", "样例"]), unique=True),
)
def test_read_back_as_it_was_said(name, code, complaints, day, public, tags, folder):
    """The new row typed as it was typed in, all others as before; a second time it is refused."""
    before = load(folder)
    if code in set(before.targets["id"]):
        return
    values = TARGET | {
        "编号": code,
        "名称": name,
        "投诉举报数": str(complaints),
        "成立日期": day.isoformat(),
        "是否公开": "是" if public else "否",
        "不公开依据": "" if public else "样例条例",
        "标签": "、".join(tags),
    }
    entry = Entry(folder, "targets")
    added = entry.write(entry.values(values.items()))
    after = load(folder)
    row = after.targets.loc[parts.STEP + added.row]
    assert (
        row["id"],
        row["name"],
        row["complaints"],
        row["founded"],
        row["public"],
        row["tags"],
        row["risk_class"],
    ) == (code, name.strip(), complaints, day, public, tuple(tags), "B")
    assert rosters.changes(before.targets, after.targets).values.tolist() == [
        [code, "新增", "", "", ""]
    ]
    with pytest.raises(InputError, match=f"编号与第 {added.row} 行重复"):
        entry = Entry(folder, "targets")
        entry.write(entry.values(values.items()))
    shutil.rmtree(folder / "targets")


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf")), min_size=1, max_size=12)


@given(cells=st.lists(TEXT.map(str.strip).filter(bool), min_size=2, max_size=2))
def test_any_text_is_read_back(cells, folder):
    """Any text, in a file that is there; the rows above as before."""
    (folder / "targets").mkdir(exist_ok=True)
    (folder / "targets" / parts.ENTRIES).unlink(missing_ok=True)
    entry = Entry(folder, "targets")
    if any(map(additions._FORMULA.match, cells)):
        return
    for n in (1, 2):
        data, row = entry._with_row(TARGET | {"编号": f"0{n}", "名称": cells[0], "地址": cells[1]})
        entry.path.write_bytes(data)
        assert row == n + 1
    read = rawtables.read(entry.path, schema.headers("targets")).frame
    assert read["编号"].tolist() == ["01", "02"]
    assert read["名称"].tolist() == [cells[0]] * 2 and read["地址"].tolist() == [cells[1]] * 2


# --- faults ---


def test_a_full_disk_leaves_the_old_file(folder, monkeypatch):
    entry = Entry(folder, "targets")
    values, before = entry.values(TARGET.items()), contents(folder)

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SsjError) as error:
        entry.write(values)
    assert (
        str(error.value)
        == "单户录入.csv 写不进去（磁盘已满），原来的文件没有变\n请检查磁盘空间后再运行一次。"
    )
    assert contents(folder) == before and load(folder).every == ()


@pytest.mark.parametrize("at", ["fsync", "replace"])
def test_killed_leaves_the_old_file(at, folder):
    """In a process of its own, gone just before the step."""
    import subprocess
    import sys

    before = contents(folder)
    code = (
        f"import os; os.{at} = lambda *a: os._exit(9); from pathlib import Path; from "
        "ssj.upkeep.additions import Entry; "
        f"e = Entry(Path({str(folder)!r}), 'targets'); e.write(e.values({list(TARGET.items())!r}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert answer.returncode == 9 and before.items() <= contents(folder).items()
    assert load(folder).every == () and len(load(folder).targets) == 60
    entry = Entry(folder, "targets")
    assert entry.write(entry.values(TARGET.items())).row == 2


def test_held_open_by_another_program(folder, monkeypatch):
    entry = Entry(folder, "targets")
    values = entry.values(TARGET.items())

    def denied(*names) -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(files.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(os, "replace", denied)
    with pytest.raises(InputError, match="表格正在 Excel 中打开，不能写入"):
        entry.write(values)
    assert not list(folder.rglob(".*"))
