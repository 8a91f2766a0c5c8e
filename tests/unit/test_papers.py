"""The inspection papers, read back as Word and Excel would: what each says, what none may say,
hostile names, edited copies, own templates.
"""

from __future__ import annotations

import copy
import re
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import docx
import openpyxl
import pytest
from unit.test_files import attested, form, record, redrawn, texts  # noqa: F401 (record is a fixture)

from ssj import protocol
from ssj.base import files, formats, params
from ssj.base.errors import InputError, RefusedError, SsjError
from ssj.casebook import archive
from ssj.draw import lists
from ssj.papers import confirmation, paper_names, paperfiles, paperwork, wordforms
from ssj.results import scans
from ssj.tables import schema

ROOT = Path(__file__).parents[2]

SIGNING = "核签表"  # before the freeze alone
FORMS = [p for p in scans.PAPERS if p.name not in (paper_names.DISPATCH, SIGNING) and p.printed]
OUTGOING = [p.name for p in scans.PAPERS if p.outgoing]
# on no paper that leaves the bureau
SECRET = (
    "信用风险",
    "风险等级",
    "权数",
    "抽取组",
    "签号",
    "待抽",
    "应抽",
    "抽中机会",
    "抽查比例",
    "防推码",
    "任务",
    "专项整治",
    "定向",
    "A类",
    "A 类",
    "重点监管",
    "内部使用",
)
WINDOWS = re.compile(r'[^<>:"/\\|?*\x00-\x1f\u200e\u202e]*[^<>:"/\\|?*\x00-\x1f. ]')


def silent(text: str) -> None:
    pass


def write(record, folder: Path, own: Path | None = None) -> paperfiles.Made:  # noqa: F811
    return paperfiles.write(record, folder / paper_names.FOLDER, own, silent)


def paper(folder: Path, name: str, number: int = 1) -> Path:
    """One of the written papers: of a visit, an officer (any), or the round."""
    level = next(p.level for p in scans.PAPERS if p.name == name)
    if level == "visit":
        return next((folder / paper_names.FOLDER).glob(f"tiny*-{number:03} */* {name}.docx"))
    return next(
        (folder / paper_names.FOLDER).glob(
            f"回避声明/*{name} P? *.docx" if level == "officer" else f"tiny* {name}*.docx"
        )
    )


def said(path: Path) -> str:
    return "\n".join(form(path))


@pytest.fixture
def written(record, tmp_path) -> Path:  # noqa: F811
    write(record, tmp_path)
    return tmp_path


# --- what is made, when ---


def test_all_papers_of_a_drawn_round(record, tmp_path):  # noqa: F811
    made = write(record, tmp_path)
    numbers = [f"tiny-{n:03}" for n in range(1, len(record["visits"]) + 1)]
    going = {t["officer"] for taken in protocol.teams_now(record).values() for t in taken}
    found = sorted(
        p.relative_to(made.folder).as_posix() for p in made.folder.rglob("*") if p.is_file()
    )
    assert made.new == len(found) and made.edited == []
    assert [f for f in found if "/" not in f] == [
        "tiny 任务派发表.xlsx",
        "tiny 保管人回执 样例市场局.docx",
        "tiny 保管人回执 样例监察组.docx",
        "tiny 公开随机数记录纸.docx",
        "tiny 封库公告.docx",
        "tiny 抽查方案审批表.docx",
    ]
    assert sorted(f.split()[-2] for f in found if f.startswith("回避声明/")) == sorted(going)
    per_visit = [p.name for p in scans.PAPERS if p.level == "visit" and p.printed]
    for number in numbers:
        mine = [f for f in found if f.startswith(f"{number} ")]
        assert len({f.split("/")[0] for f in mine}) == 1 and [
            f.split("/")[1] for f in mine
        ] == sorted(f"{number} {n}.docx" for n in per_visit)


def test_a_team_s_page_is_always_made_anew(record, tmp_path):  # noqa: F811
    """What is filled in lies in the browser: a page is nobody's edited copy."""
    made = write(record, tmp_path)
    pages = sorted((made.folder / paperfiles.FIELD).glob("*.html"))
    teams = {
        frozenset(p["id"] for p in outside["people"]) for outside, _ in paperwork.visits(record)
    }
    assert len(pages) == len(teams)
    fresh = pages[0].read_bytes()
    pages[0].write_text("x", encoding="utf-8")
    assert write(record, tmp_path).edited == []
    assert pages[0].read_bytes() == fresh


def test_before_the_draw_only_what_belongs_there(record, tmp_path):  # noqa: F811
    frozen = {
        key: value
        for key, value in record.items()
        if key not in ("entropy", "seed", "drawn", "visits", "officers", "experts")
    }
    before = {
        key: value
        for key, value in frozen.items()
        if key not in ("commitment", "salt", "code", "ledger_head")
    }
    assert write(before, tmp_path / "a").new == 1 and write(frozen, tmp_path / "b").new == 5
    of_event = ["保管人回执 样例市场局", "保管人回执 样例监察组", "公开随机数记录纸"]
    for folder, names in (
        ("a", ["抽查方案审批表"]),
        ("b", ["封库公告", "抽查方案审批表", *of_event]),
    ):
        assert sorted(p.name for p in (tmp_path / folder / paper_names.FOLDER).iterdir()) == sorted(
            f"tiny {n}.docx" for n in names
        )


def test_second_attempt(record, tmp_path):  # noqa: F811
    book = archive.Archive(tmp_path, [])
    assert (
        paper_names.folder_of(book.outputs, "tiny", 1).name == "检查文书"
        and paper_names.folder_of(book.outputs, "tiny", 2).name == "检查文书（第2次）"
    )
    record["attempt"] = 2
    made = write(redrawn(record), tmp_path)
    assert (made.folder / "tiny(2) 封库公告.docx").exists() and list(
        made.folder.glob("tiny(2)-001 *")
    )
    assert "第 2 次抽取" in said(made.folder / "tiny(2) 封库公告.docx")


def test_the_scheme_of_a_round_that_is_not_frozen(tmp_path):
    folder = ROOT / "demo" / "params" / "sample60"
    draft = paperfiles.current(archive.Archive(tmp_path / "outputs", []), folder)
    assert write(draft, tmp_path).new == 5
    text = said(tmp_path / paper_names.FOLDER / "sample60 抽查方案审批表.docx")
    for task in draft["tables"]["tasks"]:
        assert f"{task['id']} {task['identity']['name']}" in text
    assert "签字：" in text and "内部使用" in text and "演示批次" in text and "唯一性" not in text


def own_copy(folder: Path, *changes: tuple[str, str]) -> Path:
    """The folder of sample60 with another round.toml."""
    copied = shutil.copytree(ROOT / "demo" / "params" / "sample60", folder / "sample60")
    text = (copied / "round.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (copied / "round.toml").write_text(text, encoding="utf-8", newline="\n")
    return copied


def test_the_scheme_before_anybody_has_approved_or_signed(tmp_path):
    unsigned = (
        '[[signed]]\nfile = "targets.xlsx"\nsection = "样例股"\nby = "请填写"\n'
        'date = "请填写"\n[classes.A]'
    )
    folder = own_copy(
        tmp_path,
        ('approver = "演示局长"', 'approver = "请填写：审批人"'),
        ('approvers = ["演示局长"', 'approvers = ["请填写：可以批准的人"'),
        ("custodians = [", 'custodians = ["请填写：保管人一", '),
        ("[classes.A]", unsigned),
    )
    with pytest.raises(InputError):
        params.read_round(folder / "round.toml")
    draft = paperfiles.current(archive.Archive(tmp_path / "outputs", []), folder)
    write(draft, tmp_path)
    text = said(tmp_path / paper_names.FOLDER / "sample60 抽查方案审批表.docx")
    assert "审批人：＿＿＿＿" in text and "请填写" not in text


def test_a_scheme_still_needs_what_it_states(tmp_path):
    folder = own_copy(tmp_path, ('title = "', 'title = "请填写'))
    with pytest.raises(InputError, match="还没有填写"):
        paperfiles.current(archive.Archive(tmp_path / "outputs", []), folder)


def test_a_form_to_sign_for_each_file_of_the_rosters(tmp_path):
    signed = "".join(
        f'[[signed]]\nfile = "targets.xlsx"\nsection = "{section}"\nby = "样例甲"\n'
        "date = 2021-11-10\n"
        for section in ("样例一股", "样例二股")
    )
    folder = own_copy(tmp_path, ("[classes.A]", f"{signed}[classes.A]"))
    write(paperfiles.current(archive.Archive(tmp_path / "outputs", []), folder), tmp_path)
    found = sorted((tmp_path / paper_names.FOLDER).glob("* 核签表 *"))
    assert [p.name for p in found] == [
        f"sample60 核签表 {name}.docx"
        for name in (
            "items",
            "officers",
            "plan",
            "targets 样例一股",
            "targets 样例二股",
        )
    ]
    text, digest = said(found[3]), files.account(folder / "targets.xlsx")["sha256"]
    assert formats.digit_lines(digest)[0] in text and "样例一股" in text and "二股" not in text
    assert "表头下 60 行，使用 60 行" in text and "检查对象名录库" in text and "样例甲" in text


def test_the_sheet_for_the_event_has_a_cell_for_each_figure(record):  # noqa: F811
    def rows(**event) -> list[dict]:
        return paperwork.event_sheet({**record, "event": {**record["event"], **event}})["rows"]

    assert rows() == [
        {"label": "第 1 至 8", "marks": [str(n) for n in range(1, 9)]},
        {"label": "第 9 至 16", "marks": [str(n) for n in range(9, 17)]},
    ]
    assert rows(kind="lottery", count=2) == [
        {"label": f"第 {n} 期", "marks": ["1", "2", "3", "4", "5", "6", "+1", ""]} for n in (1, 2)
    ]
    assert rows(kind="lotto", count=1)[0]["marks"] == ["1", "2", "3", "4", "5", "+1", "+2", ""]
    assert [r["marks"] for r in rows(kind="beacon", count=40)][1] == ["9", "10", *[""] * 6]
    assert rows(kind="beacon", count=512)[-1] == {
        "label": "第 97 至 128",
        "marks": [f"{n}–{n + 3}" for n in range(97, 129, 4)],
    }
    for kind, own in protocol.EVENTS.items():  # every figure of every kind has its cell
        for event in rows(kind=kind, count=8 * own.per):
            assert len(event["marks"]) == paperwork.ACROSS


def test_every_officer_has_a_line_to_sign(record, written):  # noqa: F811
    for number, (outside, _) in enumerate(paperwork.visits(record), 1):
        for name in ("现场检查笔录", "检查表"):
            text = said(paper(written, name, number))
            assert [
                f"{n}. {o['name']}　签字：" in text for n, o in enumerate(outside["officers"], 1)
            ]
            assert text.count("　签字：") == len(outside["officers"]) >= 2


def test_a_folder_with_errors_gives_no_scheme(tmp_path):
    folder = tmp_path / "sample60"
    folder.mkdir()
    (folder / "round.toml").write_text("[round]\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        paperfiles.current(archive.Archive(tmp_path / "outputs", []), folder)
    assert len(refused.value.problems) > 3


# --- what they say ---


def test_every_field_is_filled(written):
    for path in (written / paper_names.FOLDER).rglob("*.docx"):
        with zipfile.ZipFile(path) as parts:
            xml = "".join(
                parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml")
            )
        assert "{{" not in xml and "{%" not in xml and "None" not in said(path), path.name


def test_every_paper_carries_the_banner(written):
    for path in (written / paper_names.FOLDER).rglob("*.docx"):
        assert f"{confirmation.DEMONSTRATION}　唯一性未证实" in form(path)[1], path.name
    sheets = openpyxl.load_workbook(paper_book(written))
    assert all(
        confirmation.DEMONSTRATION in s.oddHeader.center.text
        and "唯一性未证实" in s.oddHeader.center.text
        for s in sheets
    )


def paper_book(folder: Path) -> Path:
    return folder / paper_names.FOLDER / f"tiny {paper_names.DISPATCH}.xlsx"


def test_a_real_round_that_custodians_attest_carries_none(record, tmp_path):  # noqa: F811
    record = attested(record)
    write(record, tmp_path)
    for path in (tmp_path / paper_names.FOLDER).rglob("*.docx"):
        assert "演示" not in said(path) and "唯一性" not in said(path), path.name


def test_a_draw_made_elsewhere_says_so(record, tmp_path):  # noqa: F811
    record["parameters"]["official_draw"] = "platform"
    outside, _ = next(paperwork.visits({**record, "visits": record["visits"]}))
    assert outside["how"] == "由省级平台抽取" and "外部抽取" in outside["banner"]


BLANKS = {
    "抽查方案审批表": ("起草人、日期", "承办股室意见", "签字：", "审批人：样例局长"),
    "封库公告": ("（盖章处）", "年　　月　　日"),
    "回避声明": ("声明人签字：", "□否　□是"),
    "行政检查审批表": (
        "拟检查时间",
        "负责人审批意见",
        "签字：",
        "＿＿＿＿年＿＿月＿＿日至",
        "现补办手续",
    ),
    "行政检查通知书": (
        "＿＿＿＿〔＿＿＿＿〕＿＿＿号",
        "（盖章处）",
        "联系电话：＿＿",
        "检查时间：＿＿＿＿年",
    ),
    "检查表": ("□符合　□不符合　□不适用", "1. 样例", "　签字："),
    "现场检查笔录": (
        "检查人员签字（两名以上）",
        "1. 样例",
        "　签字：",
        "拒绝签字",
        "见证人签字：",
        "现场负责人",
    ),
    "询问笔录": ("询问时间", "被询问人", "有权拒绝回答", "询问人签字（两名以上）", "拒绝签字的"),
    "勘验笔录": ("勘验事由", "见证人签字", "勘验人签字（两名以上）", "天气情况"),
    "抽样取证凭证": ("＿＿＿＿〔", "抽样依据", "封样、编号", "费用由本单位承担", "（盖章处）"),
    "行政检查结果告知书": (
        "＿＿＿＿〔＿＿＿＿〕＿＿＿号",
        "（盖章处）",
        "20 个工作日内公示",
        "收到人签字或盖章",
    ),
    "责令改正通知书": (
        "＿＿＿＿〔＿＿＿＿〕＿＿＿号",
        "（盖章处）",
        "违反了＿＿",
        "□立即改正",
        "前改正完毕",
    ),
    "送达回证": ("〔＿＿＿＿〕", "签字或盖章：", "拒收的"),
    "抽取现场记录及结果确认表": (),
}


@pytest.mark.parametrize("name", [p.name for p in FORMS if BLANKS.get(p.name)])
def test_blanks_for_number_seal_and_signatures(written, name):
    text = said(paper(written, name))
    assert [blank for blank in BLANKS[name] if blank not in text] == []
    assert not re.search(r"〔20\d\d〕\d+号", text)


def test_a_visit_s_papers_name_target_items_people_and_window(record, written):  # noqa: F811
    numbers, names = (
        lists.visit_numbers(record),
        {t: lists.names(record, t) for t in ("targets", "items", "officers")},
    )
    own = lists.internals(record, "officers")
    people = {}
    for taken in protocol.teams_now(record).values():
        for t in taken:
            people.setdefault(t["visit"], []).append(t["officer"])
    for visit in record["visits"]:
        number = int(numbers[visit["id"]][-3:])
        for name in ("行政检查审批表", "行政检查通知书", "现场检查笔录"):
            text = said(paper(written, name, number))
            assert numbers[visit["id"]] in text and names["targets"][visit["id"]] in text, name
            assert all(names["items"][i] in text for i in visit["items"]), name
            assert all(
                names["officers"][o] in text and own[o]["certificate"] in text
                for o in people[visit["id"]]
                if own[o]["kind"] == "officer"
            )
        assert "2021年12月6日至2021年12月31日" in said(paper(written, "行政检查审批表", number))
        assert "样例路1号" in said(paper(written, "送达回证", number)) and names["targets"][
            visit["id"]
        ] in said(paper(written, "责令改正通知书", number))


def test_the_checklist_has_the_guide_step_by_step(record, tmp_path):  # noqa: F811
    guide = "".join(f"{n}.第{n}步核对2.5米处的资料；" for n in range(1, 301))
    for item in record["tables"]["items"]:
        item["internal"]["guide"] = guide
    write(redrawn(record), tmp_path)
    tables = docx.Document(paper(tmp_path, "检查表")).tables
    steps = [
        [cell.text for cell in row.cells]
        for row in next(t for t in tables if t.rows[0].cells[0].text == "步骤").rows
    ]
    assert (
        steps[1][:3] == ["1", "第1步核对2.5米处的资料", "□符合　□不符合　□不适用"]
        and len(steps) == 301
        and steps[300][1] == "第300步核对2.5米处的资料"
    )
    text = said(paper(tmp_path, "检查表"))
    assert "《样例条例》第三条" in text and "安全生产" in text and "现场检查" in text


STEPS = {
    "1.出示证件；\n2.查阅台账": ["出示证件", "查阅台账"],
    "1、看；2、问；3、记": ["看", "问", "记"],
    "（1）看（2）问": ["看", "问"],
    "看台账；看现场": ["看台账", "看现场"],
    "看台账\n看现场": ["看台账", "看现场"],
    "先告知：1.看 2.问": ["先告知：", "看", "问"],
    "1.实测实量不少于3处；2.查1.2米以上护栏": ["实测实量不少于3处", "查1.2米以上护栏"],
    "": ["按抽查内容逐项检查"],
    "2020年起每年1次": ["2020年起每年1次"],
    "１．看；２．问": ["１．看", "２．问"],
    "一、看；二、问": ["一、看", "二、问"],
    "1.a" + "".join(f"；{n}.b" for n in range(2, 12)): ["a"] + ["b"] * 10,
}


@pytest.mark.parametrize(("guide", "steps"), STEPS.items())
def test_steps_of_a_guide(guide, steps):
    assert paperwork.steps(guide) == steps


def test_the_record_has_every_result_category(written):
    text = said(paper(written, "现场检查笔录"))
    assert list(schema.RESULTS) == [
        "未发现问题",
        "发现问题已责令改正",
        "发现问题待后续处理",
        "未发现开展本次抽查涉及的经营活动",
        "已关闭停业或正在组织清算",
        "不配合检查情节严重",
        "迁移、注销等其他情况",
    ]
    for mark, name in zip("①②③④⑤⑥⑦", schema.RESULTS, strict=True):
        assert f"□{mark} {name}" in text
    assert all(f"□{part}" in text for part in schema.KINDS_TO_FOLLOW)
    assert all(f"□{step}" in text for step in schema.FOLLOW_UP)


def test_declarations_list_each_one_s_own_visits(record, written):  # noqa: F811
    numbers, found = lists.visit_numbers(record), {}
    for taken in protocol.teams_now(record).values():
        for t in taken:
            found.setdefault(t["officer"], set()).add(numbers[t["visit"]])
    for officer, mine in found.items():
        path = next((written / paper_names.FOLDER / "回避声明").glob(f"*回避声明 {officer} *.docx"))
        assert set(re.findall(r"tiny-\d+", said(path))) == mine


def test_after_an_amendment_the_papers_name_who_goes_now(record, tmp_path):  # noqa: F811
    seat = next(t for t in record["officers"]["taken"] if not t["speciality"])
    free = next(
        o
        for o in ("P1", "P2", "P3")
        if o
        not in {t["officer"] for t in record["officers"]["taken"] if t["visit"] == seat["visit"]}
    )
    amended = {
        **record,
        "amendments": [
            {
                "officer": seat["officer"],
                "visits": [seat["visit"]],
                "taken": [{**seat, "officer": free}],
                "skipped": [],
                "raised": [],
            }
        ],
    }
    number = int(lists.visit_numbers(record)[seat["visit"]][-3:])
    known = lists.names(record, "officers")
    write(record, tmp_path)
    assert known[seat["officer"]] in said(paper(tmp_path, "行政检查审批表", number)) and known[
        free
    ] not in said(paper(tmp_path, "行政检查审批表", number))
    write(amended, tmp_path)
    assert known[free] in said(paper(tmp_path, "行政检查审批表", number)) and known[
        seat["officer"]
    ] not in said(paper(tmp_path, "行政检查审批表", number))


# What public sources ask of each form (docs/FORMS.zh-CN.md) → words that show it
ELEMENTS = {
    "行政检查审批表": {
        "依据": "《样例条例》第三条",
        "任务来源": "双随机抽查：",
        "批次和检查编号": "批次 tiny，第 1 次抽取",
        "检查频次": "2021 年封库以前已查 3 次（随机抽查 1 次，其他检查 2 次，其他层级 0 次；"
        "依法除外的 1 次另计），本次为第 4 次",
        "年度上限": "本等级 2 次",
        "检查人员和证号": "执法证号",
        "协助检查人员": "协助检查人员",
        "负责人审批": "行政执法主体负责人",
        "紧急的事后补办": "现补办手续",
        "能非现场的不入企": "不入企",
    },
    "行政检查通知书": {
        "依据": "《样例条例》第三条",
        "任务来源": "任务来源：双随机抽查",
        "检查频次": "本次为第 4 次",
        "检查人员和证号": "执法证号",
        "拒绝检查": "可以拒绝检查",
        "回避": "可以申请回避",
        "陈述申辩": "可以陈述、申辩",
        "救济": "行政复议或者提起行政诉讼",
        "五个严禁": "严禁变相检查",
        "八个不得": "⑧不得以观摩、督导、考察等名义行检查之实",
        "投诉举报渠道": "样例县司法局 000",
        "不召法定代表人": "不要求法定代表人到场",
    },
    "现场检查笔录": {
        "出示证件和通知书": "已出示执法证件和检查通知书",
        "告知权利": "权利、义务",
        "回避": "申请回避",
        "意见、陈述申辩": "意见、陈述和申辩",
        "拒签": "拒绝签字",
        "记录人": "记录人",
    },
    "询问笔录": {
        "出示证件": "这是我们的执法证件",
        "回避": "有权申请回避",
        "核对": "与我说的相符",
        "两名以上": "询问人签字（两名以上）",
    },
    "勘验笔录": {
        "见证人": "见证人签字",
        "事由": "勘验事由",
        "附图": "现场图",
        "告知": "权利、义务",
    },
    "抽样取证凭证": {
        "依据": "抽样依据",
        "方法": "抽样方法",
        "封样": "封样、编号",
        "费用": "费用由本单位承担",
        "复检": "申请复检",
    },
    "行政检查结果告知书": {
        "结果": "未发现问题",
        "公示": "20 个工作日内公示",
        "异议": "20 个工作日内答复",
        "救济": "行政复议或者提起行政诉讼",
        "投诉举报渠道": "样例县司法局 000",
        "复查不计频次": "复查不计入年度检查频次",
    },
}


@pytest.fixture
def lawful(record, tmp_path):  # noqa: F811
    for target in record["tables"]["targets"]:
        target["internal"]["inspected"] = {"drawn": 1, "other": 2, "elsewhere": 0, "exempt": 1}
    record["parameters"]["complaints"] = "样例县司法局 000"
    classes = {t["internal"]["risk_class"] for t in record["tables"]["targets"]}
    record["parameters"]["classes"] = {name: {"yearly_cap": 2} for name in classes}
    write(redrawn(record), tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ELEMENTS)
def test_each_form_of_the_ministry_has_the_elements_asked_of_it(lawful, name):
    text = said(paper(lawful, name))
    assert {what: words for what, words in ELEMENTS[name].items() if words not in text} == {}


def test_the_class_s_own_cap_stays_inside_the_bureau(lawful):
    assert "本等级" in said(paper(lawful, "行政检查审批表"))
    assert "本等级" not in said(paper(lawful, "行政检查通知书"))


def test_a_year_that_nobody_counted_is_left_blank(written):
    assert "2021 年已查＿＿次，本次为第＿＿次" in said(paper(written, "行政检查通知书"))


# --- what they don't ---


def test_papers_that_leave_the_bureau_tell_nothing_internal(record, tmp_path):  # noqa: F811
    for target in record["tables"]["targets"]:
        target["internal"] |= {
            "risk_class": "哨兵等级",
            "tags": ["专项整治", "哨兵标签"],
            "section": "哨兵股室",
        }
    for n, task in enumerate(record["tables"]["tasks"]):
        task["identity"]["name"] = f"哨兵任务{n}"
    write(redrawn(record), tmp_path)
    for name in OUTGOING:
        for path in (tmp_path / paper_names.FOLDER).rglob(f"* {name}.docx"):
            text = said(path)
            allowed = {"封库公告": ("抽查任务",), "行政检查通知书": ("任务来源",)}.get(name, ())
            for word in allowed:
                text = text.replace(word, "")
            assert [word for word in (*SECRET, "哨兵") if word in text] == [], path.name
            digits = re.findall("[0-9a-f]{13,}", text.replace(" ", ""))
            assert name == "封库公告" or digits == [], path.name


def test_outgoing_names_hold_no_internal_ones(record):  # noqa: F811
    """So that not even an edited template can show them."""
    outside, inside = next(paperwork.visits(record))
    assert not {"tasks"} & set(outside) and not {
        "section",
        "category",
        "public",
        "risk_class",
    } & set(outside["target"])
    assert {"tasks"} <= set(inside)


def test_no_picture_no_author(written):
    for path in (written / paper_names.FOLDER).rglob("*.docx"):
        with zipfile.ZipFile(path) as parts:
            shown = [n for n in parts.namelist() if "media" in n]
            code = ["word/media/check.png"] if "行政检查通知书" in path.name else []
            assert shown == code
            assert (
                "lastModifiedBy" not in parts.read("docProps/core.xml").decode()
                and "creator" not in parts.read("docProps/core.xml").decode()
            )


# --- hostile names ---

HOSTILE = (
    "CON",
    '样例<甲>/乙\\丙:丁|戊?*"公司"',
    "{{ 7*7 }}{% for x in y %}公司",
    "样例\x07甲\x0b公司\x00",
    "样例\u202e司公\u200f",
    "样例公司. . ",
    "很" * 300 + "长公司",
    "样例&amp;<b>公司</b>",
    '=HYPERLINK("x")',
    "样例\n公司\t乙",
    "🏗样例公司",
)


def test_hostile_names_of_firms(record, tmp_path):  # noqa: F811
    for n, name in enumerate(HOSTILE):
        own = copy.deepcopy(record)
        for target in own["tables"]["targets"]:
            target["identity"]["name"] = name
        made = write(redrawn(own), tmp_path / str(n))
        for path in made.folder.rglob("*"):
            assert WINDOWS.fullmatch(path.name) and len(path.name) < 80, path.name
        text = said(paper(tmp_path / str(n), "行政检查通知书"))
        plain = re.sub("[\x00-\x08\x0b\x0e-\x1f\u202e\u200f]", "", name)
        assert plain.split("\n")[0] in text
        assert "\u202e" not in text
        for name_of_paper in [p.name for p in FORMS if p.level != "round"]:
            docx.Document(paper(tmp_path / str(n), name_of_paper))
        openpyxl.load_workbook(paper_book(tmp_path / str(n)))


def test_ids_with_a_slash_and_sheets_with_odd_names(record, tmp_path):  # noqa: F811
    sections = [
        "[甲]:*?/\\股",
        "[甲]:*?/\\股",
        "很长的股室名称" * 6 + "一",
        "很长的股室名称" * 6 + "二",
        "",
    ]
    for target, section in zip(record["tables"]["targets"], sections, strict=True):
        target["internal"]["section"] = section
    write(redrawn(record), tmp_path)
    names = openpyxl.load_workbook(paper_book(tmp_path)).sheetnames
    assert (
        names[0] == "说明"
        and all(len(n) <= 31 and not re.search(r"[][:*?/\\]", n) for n in names)
        and "部门 住建" in names
    )


# --- 任务派发表 ---


def test_dispatch_has_a_sheet_for_each_section_and_department(record, written):  # noqa: F811
    book = openpyxl.load_workbook(paper_book(written))
    assert book.sheetnames == ["说明", "股室 燃气办公室", "部门 住建"]
    numbers, rows = lists.visit_numbers(record), list(book["部门 住建"].values)
    assert rows[0] == (
        "检查编号",
        "检查对象",
        "地址",
        "检查事项",
        "本部门人员",
        "其他部门人员",
        "拟检查日期",
        "领取人签字",
    )
    assert [row[0] for row in rows[1:]] == sorted(numbers.values())
    taken = [t for teams in protocol.teams_now(record).values() for t in teams]
    assert sum(len(row[4].splitlines()) for row in rows[1:]) == len(taken)
    assert "2021年12月6日至2021年12月31日" in book["部门 住建"].oddHeader.center.text
    assert any("（不公开名称）" in row[1] for row in rows[1:]) == any(
        v["id"] == "S005" for v in record["visits"]
    )


# --- again, edited, open ---


def test_again_gives_the_same_bytes(record, tmp_path):  # noqa: F811
    one, two = write(record, tmp_path / "a"), write(record, tmp_path / "b")
    assert {
        p.relative_to(one.folder): p.read_bytes() for p in one.folder.rglob("*") if p.is_file()
    } == {p.relative_to(two.folder): p.read_bytes() for p in two.folder.rglob("*") if p.is_file()}
    assert write(record, tmp_path / "a").new == one.new


def test_what_somebody_edited_is_kept(record, written):  # noqa: F811
    path, sheet = paper(written, "行政检查通知书"), paper_book(written)
    document = docx.Document(path)
    document.add_paragraph("文号已填")
    document.core_properties.modified = datetime(2021, 12, 1)  # as Word and WPS do
    document.save(path)
    book = openpyxl.load_workbook(sheet)
    book.save(sheet)
    before = path.read_bytes(), sheet.read_bytes()
    made = write(record, written)
    assert sorted(made.edited) == sorted([path.relative_to(made.folder).as_posix(), sheet.name])
    assert (path.read_bytes(), sheet.read_bytes()) == before


def test_a_paper_that_is_open_elsewhere(record, written, monkeypatch):  # noqa: F811
    def locked(source, target):
        raise PermissionError(13, "Permission denied")

    before = {p: p.read_bytes() for p in written.rglob("*") if p.is_file()}
    monkeypatch.setattr(files.os, "replace", locked)
    monkeypatch.setattr(files.time, "sleep", lambda seconds: None)
    with pytest.raises(RefusedError, match="正在别的程序中打开，不能更新"):
        write(record, written)
    assert {p: p.read_bytes() for p in written.rglob("*") if p.is_file()} == before


def test_a_paper_that_cannot_even_be_read(record, written, monkeypatch):  # noqa: F811
    def locked(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(wordforms, "untouched", locked)
    with pytest.raises(RefusedError, match="正在别的程序中打开"):
        write(record, written)


def test_a_folder_that_cannot_be_written(record, tmp_path):  # noqa: F811
    (tmp_path / paper_names.FOLDER).write_text("", encoding="utf-8")
    with pytest.raises(SsjError, match="工作副本写不进文件夹“检查文书”"):
        write(record, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [paper_names.FOLDER]


# --- the bureau's own templates ---


def template(folder: Path, name: str, *paragraphs: str) -> Path:
    folder.mkdir(exist_ok=True)
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.core_properties.author = "某人"
    document.save(folder / f"{name}.docx")
    return folder


def test_own_templates_come_first(record, tmp_path):  # noqa: F811
    own = template(
        tmp_path / "templates",
        "行政检查通知书",
        "致 {{ target.name }}（{{ number }}）",
        "{%p for i in items %}",
        "{{ i.name }}",
        "{%p endfor %}",
    )
    write(record, tmp_path, own)
    assert said(paper(tmp_path, "行政检查通知书")).startswith("致 ") and "责令" in said(
        paper(tmp_path, "责令改正通知书")
    )
    with zipfile.ZipFile(paper(tmp_path, "行政检查通知书")) as parts:
        assert "某人" not in parts.read("docProps/core.xml").decode()


BROKEN = {
    "unknown name": (
        ["{{ target.risk_class }}"],
        "没有“risk_class”这一项，见标记 {{ target.risk_class }}",
    ),
    "unknown at top": (["{{ firm }}"], "没有“firm”这一项，见标记 {{ firm }}"),
    "tasks on an outgoing paper": (["{{ tasks }}"], "没有“tasks”这一项"),
    "no end": (
        ["{%p for i in items %}", "{{ i.name }}"],
        "有 for 或 if 没有对应的 endfor 或 endif",
    ),
    "unknown tag": (["{% fro i in items %}"], "不认识的标记，见标记 {% fro i in items %}"),
    "unfinished expression": (["好", "{{ number + }}"], "标记不合写法，见标记 {{ number + }}"),
    "not a number": (["{{ number / 2 }}"], "标记不能计算"),
    "code": (["{{ ''.__class__ }}"], ""),
    "a loop as long as the world": (
        ["{% for x in range(999999999) %}{{ x }}{% endfor %}"],
        "标记不能计算",
    ),
}


@pytest.mark.parametrize(("paragraphs", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_template_names_file_and_tag(record, tmp_path, paragraphs, message):  # noqa: F811
    own = template(tmp_path / "templates", "行政检查通知书", *paragraphs)
    with pytest.raises(SsjError) as stopped:
        write(record, tmp_path, own)
    assert str(stopped.value).startswith(
        "Word 模板“行政检查通知书.docx”不能使用："
    ) and message in str(stopped.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["templates"]


def test_a_template_that_is_no_word_file(record, tmp_path):  # noqa: F811
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "检查表.docx").write_bytes(b"PK")
    with pytest.raises(SsjError, match="Word 模板“检查表.docx”不能使用：不是 Word 文档"):
        write(record, tmp_path, tmp_path / "templates")


def test_a_tag_that_word_has_split_still_works(record, tmp_path):  # noqa: F811
    document = docx.Document()
    paragraph = document.add_paragraph()
    for piece in ("{", "{ num", "ber", " }", "}"):
        paragraph.add_run(piece)
    (tmp_path / "templates").mkdir()
    document.save(tmp_path / "templates" / "检查表.docx")
    write(record, tmp_path, tmp_path / "templates")
    assert said(paper(tmp_path, "检查表")).startswith("tiny-001")


def test_a_loop_over_nothing_leaves_a_sound_cell(record, tmp_path):  # noqa: F811
    document = docx.Document()
    cell = document.add_table(1, 1).rows[0].cells[0]
    cell.paragraphs[0].text = "{%p for e in [] %}"
    cell.add_paragraph("x")
    cell.add_paragraph("{%p endfor %}")
    (tmp_path / "templates").mkdir()
    document.save(tmp_path / "templates" / "检查表.docx")
    write(record, tmp_path, tmp_path / "templates")
    assert (
        docx.Document(paper(tmp_path, "检查表")).tables[0].rows[0].cells[0].paragraphs[0].text == ""
    )


def test_own_templates_that_lack_what_the_shipped_ones_have(tmp_path):
    own = template(tmp_path / "templates", "行政检查通知书", "{{ number }}")
    template(own, "检查表", "x")
    assert wordforms.lacking(own, paperwork.CHECK_TAG) == ["行政检查通知书.docx"]
    template(own, "行政检查通知书", "{{r check.picture }}")
    assert wordforms.lacking(own, paperwork.CHECK_TAG) == []
    assert wordforms.lacking(tmp_path / "none", paperwork.CHECK_TAG) == []


def test_templates_that_nothing_uses_are_named(tmp_path):
    own = template(tmp_path / "templates", "检查表（新）", "x")
    template(own, "检查表", "x")
    (own / "~$检查表.docx").write_bytes(b"")
    assert (
        wordforms.strangers(own) == ["检查表（新）.docx"]
        and wordforms.strangers(tmp_path / "none") == []
    )


def test_the_confirmation_form_from_the_bureau_s_own_template(record, tmp_path):  # noqa: F811
    confirmation.write_files(record, tmp_path)
    assert paperfiles.refresh_confirmation(record, tmp_path, tmp_path / "templates") is None
    own = template(
        tmp_path / "templates", "抽取现场记录及结果确认表", "本局 {{ counts.visits }} 户"
    )
    assert (
        paperfiles.refresh_confirmation(record, tmp_path, own)
        == tmp_path / confirmation.CONFIRMATION
    )
    assert said(tmp_path / confirmation.CONFIRMATION).startswith("本局 ")
