"""A whole round on real files: a county's firms as target roster, a province's items (SSJ_REAL_DATA
names their folder).

    SSJ_REAL_DATA=folder python -m pytest -m real

The files are other people's, so nothing of them is kept: the round is made in a temporary folder.
Its making, stated:

* **Targets**: county_yiwu_330782_housing.csv, 158 firms. 企业名称, 统一社会信用代码, 注册日期 and
  注册地址 are renamed to 名称, 编号, 成立日期 and 地址; the other columns stay as they are (the
  check says that it does not use them).
* **Trade** (类别) by the first words found in name and scope (经营范围): see TRADES; 建筑 for the
  rest.
* **Class and status** from SHA-256 of the code, since the file has neither: first byte below 128 is
  A, 208 B, 244 C, else D; second byte below 16 means 注销, else 存续.
* **Items**: hainan_random_items_2020.xlsx, rows 140 to 145 as Excel counts, numbered 28 to 33. 序
  号, 抽查事项, 检查依据, 抽查类别, 检查方式 and 事项类别 become 事项编号 (HN-28 …), 事项名称, 抽查
  依据, 抽查内容, 抽查方式 and 事项类别, text as found (line ends, NBSP, U+3000); the trades that an
  item fits (检查对象类别) are assigned in ITEMS, after 检查对象; 抽查主体 is the invented bureau.
* **Officers, plan, parameters, dice** are invented; the last two come from the sample round
  sample60.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from fractions import Fraction
from math import ceil
from pathlib import Path

import pandas as pd
import pytest
import python_calamine
from archived import DRAW
from conftest import ROOT, ssj

from ssj.tables import writing

DATA = Path(os.environ.get("SSJ_REAL_DATA", ""))
FIRMS, ITEM_LIST = DATA / "county_yiwu_330782_housing.csv", DATA / "hainan_random_items_2020.xlsx"
pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("SSJ_REAL_DATA") or not (FIRMS.exists() and ITEM_LIST.exists()),
        reason="SSJ_REAL_DATA does not name a folder with the real files",
    ),
]

BUREAU = "演示县住建局"
TRADES = {
    "燃气": "燃气|液化气|煤气",
    "园林绿化": "园林|绿化",
    "造价咨询": "造价|咨询|监理|招标代理",
    "房地产": "房地产|物业|置业|房产",
}
ITEMS = {28: "造价咨询", 29: "房地产", 30: "建筑", 31: "建筑", 32: "燃气", 33: "园林绿化"}
BY_CLASS = {"A": "0.02", "B": "0.05", "C": "0.2", "D": "1"}
WEIGHTS = {"A": 1, "B": 2, "C": 4, "D": 8}  # as in sample60's round.toml
TASKS = {  # trades, items, ratios
    "Y01": (("建筑",), ("HN-30", "HN-31"), BY_CLASS),
    "Y02": (("房地产", "造价咨询"), ("HN-28", "HN-29"), {"*": "0.05"}),
    "Y03": (("燃气", "园林绿化"), ("HN-32", "HN-33"), BY_CLASS),
    "Y04": (("建筑", "房地产"), ("HN-29", "HN-30"), {"*": "0.03"}),
}


def trade_of(text: str) -> str:
    return next((trade for trade, words in TRADES.items() if re.search(words, text)), "建筑")


def class_of(code: str) -> str:
    byte = hashlib.sha256(code.encode()).digest()[0]
    return "A" if byte < 128 else "B" if byte < 208 else "C" if byte < 244 else "D"


def status_of(code: str) -> str:
    return "注销" if hashlib.sha256(code.encode()).digest()[1] < 16 else "存续"


def targets() -> pd.DataFrame:
    firms = pd.read_csv(FIRMS, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    codes, texts = firms["统一社会信用代码"], firms["企业名称"] + firms["经营范围"]
    renamed = firms.rename(
        columns={
            "企业名称": "名称",
            "统一社会信用代码": "编号",
            "注册日期": "成立日期",
            "注册地址": "地址",
        }
    )
    return renamed.assign(
        类别=texts.map(trade_of), 信用风险等级=codes.map(class_of), 状态=codes.map(status_of)
    )


def items() -> pd.DataFrame:
    sheet = python_calamine.CalamineWorkbook.from_path(str(ITEM_LIST)).get_sheet_by_index(0)
    rows = []
    for _, number, kind_of_check, name, _, kind, method, _, basis in sheet.to_python(
        skip_empty_area=False
    )[139:145]:
        rows.append(
            {
                "事项编号": f"HN-{int(number)}",
                "事项名称": name,
                "抽查依据": basis,
                "抽查主体": BUREAU,
                "抽查内容": kind_of_check,
                "抽查方式": method,
                "事项类别": kind,
                "检查对象类别": ITEMS[int(number)],
            }
        )
    return pd.DataFrame(rows)


def officers() -> pd.DataFrame:
    names = "甲乙丙丁戊己庚辛"
    return pd.DataFrame(
        [
            {
                "工号": f"YW-{n}",
                "姓名": f"演示{name}",
                "部门": BUREAU,
                "人员类别": "执法",
                "专业": "综合",
                "状态": "在岗",
                "执法证号": f"演证{n}",
                "执法证有效期至": "2024-12-31",
            }
            for n, name in enumerate(names, 1)
        ]
    )


def the_plan() -> pd.DataFrame:
    def ratios(of: dict[str, str]) -> str:
        return of.get("*") or "；".join(f"{c} {r}" for c, r in of.items())

    return pd.DataFrame(
        [
            {
                "任务编号": i,
                "任务名称": f"演示任务{i}",
                "任务类型": "内部",
                "事项编号": "、".join(own),
                "对象范围": "类别：" + "、".join(trades),
                "方式": "不定向",
                "抽查比例": ratios(by),
                "时间": "yiwu",
                "发起部门": BUREAU,
            }
            for i, (trades, own, by) in TASKS.items()
        ]
    )


def make_round(folder: Path) -> None:
    folder.mkdir(parents=True)
    targets().to_csv(folder / "targets.csv", index=False, encoding="utf-8-sig")
    for name, frame in (("items", items()), ("officers", officers()), ("plan", the_plan())):
        writing.write_xlsx(folder / f"{name}.xlsx", {"表": frame})
    text = (ROOT / "demo" / "params" / "sample60" / "round.toml").read_text(encoding="utf-8")
    text = re.sub(r"\[\[above_maximum\]\]\n(?:.+\n)+\n", "", text).replace(
        'id = "sample60"', 'id = "yiwu"'
    )
    (folder / "round.toml").write_text(text, encoding="utf-8")
    (folder / "entropy.toml").write_bytes(
        (ROOT / "demo" / "params" / "sample60" / "entropy.toml").read_bytes()
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """The round's project after ``ssj run``."""
    project = tmp_path_factory.mktemp("yiwu")
    make_round(project / "params" / "yiwu")
    answer = ssj(project, "run", "yiwu")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return project


def draw(project: Path) -> dict:
    return json.loads(
        (project / f"outputs/yiwu/{DRAW}/data/out/draw.json").read_text(encoding="utf-8")
    )


def test_the_files_are_those_described():
    assert len(targets()) == 158 and targets()["编号"].is_unique
    assert list(items()["事项编号"]) == [f"HN-{n}" for n in ITEMS]
    assert set(targets()["类别"]) == {*TRADES, "建筑"} and set(targets()["信用风险等级"]) == set(
        "ABCD"
    )


def test_check_finds_no_error(project):
    answer = ssj(project, "check", "yiwu")
    assert answer.returncode == 0, answer.stdout
    assert (
        "检查对象名录库（targets.csv）：读取 158 行。" in answer.stdout
        and "没有错误，可以封库" in answer.stdout
    )


def test_counts_are_as_worked_out(project):
    """N and n of each stratum from the table alone; drawn are as many, from the stratum, never a 注
    销.
    """
    record, roster, expected = draw(project), targets(), []
    for task, (trades, _, ratios) in TASKS.items():
        scope = roster[roster["类别"].isin(trades) & (roster["状态"] == "存续")]
        for stratum, ratio in sorted(ratios.items()):
            count = len(scope) if stratum == "*" else int((scope["信用风险等级"] == stratum).sum())
            expected.append((task, stratum, count, min(count, ceil(Fraction(ratio) * count))))
    assert [(d["task"], d["stratum"], d["count"], d["n"]) for d in record["drawn"]] == expected
    by_code = roster.set_index("编号")
    for part in record["drawn"]:
        chosen = [*part["certain"], *part["by_ticket"]]
        assert len(set(chosen)) == len(chosen) == part["n"]
        assert set(by_code.loc[chosen, "状态"]) <= {"存续"} and set(
            by_code.loc[chosen, "类别"]
        ) <= set(TASKS[part["task"]][0])
        assert part["stratum"] == "*" or set(by_code.loc[chosen, "信用风险等级"]) <= {
            part["stratum"]
        }
    assert any(part["n"] for part in record["drawn"]) and len(expected) == 10


def test_visits_and_teams(project):
    record = draw(project)
    drawn = {i for part in record["drawn"] for i in (*part["certain"], *part["by_ticket"])}
    assert [v["id"] for v in record["visits"]] == sorted(drawn)
    trades = targets().set_index("编号")["类别"]
    for visit in record["visits"]:
        fitting = {f"HN-{n}" for n, trade in ITEMS.items() if trade == trades[visit["id"]]}
        assert visit["items"] == sorted(
            fitting & {i for task in visit["tasks"] for i in TASKS[task][1]}
        )
        seated = [t["officer"] for t in record["officers"]["taken"] if t["visit"] == visit["id"]]
        assert len(set(seated)) == len(seated) == 2


def test_audit_passes(project):
    answer = ssj(project, "audit", "outputs/yiwu")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "结论：全部相符。" in answer.stdout and "【演示批次：" in answer.stdout
    assert len(re.findall("^ *V[0-9]+ .*：相符(?:——|$)", answer.stdout, re.MULTILINE)) == 10


def test_text_as_found_reaches_the_pages(project):
    record = draw(project)
    named = {row["id"]: row["identity"]["name"] for row in record["tables"]["items"]}
    assert named == dict(zip(items()["事项编号"], items()["事项名称"], strict=True))
    assert any("\u3000" in row["internal"]["basis"] for row in record["tables"]["items"]), (
        "as found, not mended"
    )
    public = (project / f"outputs/yiwu/{DRAW}/data/public.html").read_text(encoding="utf-8")
    assert all(row["id"] in public for row in record["visits"])
    assert (project / "outputs" / "yiwu" / "files" / "抽取结果.xlsx").exists()
