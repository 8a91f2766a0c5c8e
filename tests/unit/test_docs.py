"""Documentation is true: its commands are known and run, the two READMEs are twins, links and
tables agree with the code.
"""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, process, ssj
from unit import test_layers

from ssj import cli
from ssj.audit.audit import Report
from ssj.base.errors import InputError, RefusedError, SsjError
from ssj.protocol import Step

READMES = ("README.md", "README.zh-CN.md")
WITH_COMMANDS = (*READMES, "docs/GUIDE.zh-CN.md")
DOCUMENTS = sorted(
    p.relative_to(ROOT).as_posix()
    for p in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        ROOT / "outputs" / "README.md",
        ROOT / "params" / "README.md",
        ROOT / "demo" / "README.md",
    ]
)
PROTOCOL_ALONE = (
    (
        "python demo/outputs/2021Q4/03-draw/data/protocol.py "
        "demo/outputs/2021Q4/03-draw/data/out/draw.json"
    ),
    (
        "python demo/outputs/2021Q4/03-draw/data/protocol.py "
        "demo/outputs/2021Q4/files/封库公告.json demo/outputs/2021Q4/files/公开记录.json "
        "demo/outputs/ledger.jsonl"
    ),
)
# Commands of ssj as documented → exit code in the test's project, where sample60 stands for 2021Q4,
# and 2026Q4 is new
# and not filled in yet
RUN = {
    "ssj": 0,
    "ssj --help": 0,
    "ssj draw --help": 0,
    "ssj status": 0,
    "ssj new 2026Q4": 0,
    "ssj new --training": 0,
    "ssj templates": 0,
    "ssj --params demo/training/params --outputs demo/training/outputs": 0,
    "ssj check 2026": 3,  # year.toml is not filled in yet; test_year_stage.py does all of it
    "ssj plan 2026": 3,
    "ssj lab 2026": 3,
    "ssj review 2026": 4,  # no plan is archived
    "ssj audit outputs/2026": 1,
    "ssj check 2026Q4": 3,
    "ssj check 2026Q4 --all": 3,
    "ssj lab 2026Q4": 3,  # round.toml is not filled in yet; test_starter.py prepares one that is
    "ssj add target 2026Q4": 1,  # nobody to ask
    (
        "ssj add target 2026Q4 --set 编号=91350100M000100Y43 --set 名称=样例公司 --set "
        "类别=在建项目 --set 信用风险等级=B --set 状态=存续"
    ): 0,
    "ssj rosters 2026Q4": 3,
    "ssj freeze 2026Q4": 3,
    "ssj event 2026Q4": 4,  # not frozen yet
    "ssj draw 2026Q4": 4,
    "ssj papers 2026Q4": 3,
    "ssj papers 2026Q4 --scans 扫描件": 4,  # not drawn yet
    "ssj papers 2026Q4 --compare 扫描件": 4,
    "ssj papers 2026Q4 --observers": 4,  # not frozen yet
    "ssj receipt 2021Q4 --all --demo": 0,
    "ssj receipt 2026Q4 --all": 4,
    "ssj void 2026Q4 --reason 名录有误 --approver 样例局长 --date 2026-12-01": 4,
    (
        "ssj amend 2026Q4 --officer ZJ-003 --visit 2026Q4-007 --reason 回避 --approver 样例局长 "
        "--date 2026-12-01"
    ): 4,
    "ssj amend 2026Q4 --officer ZJ-003 --reason 请假 --approver 样例局长 --date 2026-12-01": 4,
    "ssj publish": 1,  # nothing is archived yet
    "ssj publish --article": 1,
    "ssj publish --demo": 0,
    # nothing was posted and saved
    (
        "ssj publish --posted 2021Q4-1-notice --address 网址 --time "
        '"2021-11-18 09:30" --page 网页.html'
    ): 1,
    "ssj report 2026Q4": 4,  # nothing is archived yet
    "ssj report 2026": 4,
    "ssj platform 2026Q4": 4,  # not drawn yet
    "ssj exchange 2026Q4 --for 样例市场监督管理局": 4,
    # round.toml is not filled in yet; test_exchange.py takes one in
    "ssj exchange 2026Q4 --take 互认结果.json": 3,
    "ssj results 2026Q4": 4,
    "ssj audit demo/outputs/2021Q4": 0,
    "ssj audit sample60 --demo": 0,
    "ssj trace 2021Q4 2021Q4-001 --demo": 0,
    "ssj trace 2026Q4 2026Q4-001": 4,  # nothing archived yet
    "ssj audit demo/outputs/2021Q4 --fast": 0,
    "ssj audit demo/outputs/2021Q4 --record": 0,
    "ssj audit --all --fast --demo": 0,
    "ssj audit outputs/2026Q4 --json report-2026Q4.json": 1,
    "ssj audit outputs/2026Q4 --json outputs/2026Q4/files/复核报告.json": 1,
}
# Everything else → the file, and the text in it, that runs it; or on which it rests where no test
# can run it
ELSEWHERE = {
    "ssj new 2026 --from 2026Q4": ("tests/unit/test_starter.py", '"2026", "sample60")'),
    "ssj diff 2026Q3 2026Q4": ("tests/unit/test_differences.py", '"diff", "sample60", "sample61")'),
    "ssj diff 2026Q3 2026Q4 --archived": (
        "tests/unit/test_differences.py",
        'of_archives(book, "a", "b")',
    ),
    "ssj new 2027Q1 --from 2026Q4": (
        "tests/unit/test_docs.py",
        '"new", "2026Q4", "--from", "sample60")',
    ),
    (
        "ssj adopt 2026Q4 省清单.xlsx --origin 省住建厅2026年版 --replaces 省住建厅2025年版 "
        "--effective 2026-10-01"
    ): (
        "tests/unit/test_adoption.py",
        '"--origin", NEXT, "--replaces", LIST, "--effective", "2022-01-01")',
    ),
    "ssj run 2021Q4 --demo": ("tests/conftest.py", '"run", name)'),
    "python scripts/wheelhouse.py --python 3.12": (
        "tests/unit/test_wheelhouse.py",
        "wheelhouse.pack(project",
    ),
    "ssj lab": ("tests/unit/test_startpage.py", "lab.start(tmp_path"),
    "ssj platform 2026Q4 --export": (
        "tests/unit/test_platformtables.py",
        '"platform", "sample60", "--export"]',
    ),
    "ssj platform 2026Q4 --rosters 平台导出": (
        "tests/unit/test_platformtables.py",
        '"platform", "sample60", "--rosters"',
    ),
    "ssj rehearse 2026Q4": ("tests/round/test_rehearsal.py", '"rehearse", ROUND]'),
    "ssj run sample60 --demo": ("tests/conftest.py", '"run", name)'),
    "conda env create -f environment.yml": ("environment.yml", "name: ssj\n"),
    "conda activate ssj": ("environment.yml", "name: ssj\n"),
    "python -m pip install --no-deps --no-build-isolation -e .": (
        "Makefile",
        "--no-deps --no-build-isolation --editable .",
    ),
    ". .venv/bin/activate": ("Makefile", "-m venv .venv"),
    "papermill notebooks/8_proof.ipynb proof.ipynb -p draws 20000": (
        "tests/unit/test_proof.py",
        "executed(NOTEBOOK, ",
    ),
    "SSJ_REAL_DATA=../data papermill notebooks/7_backtest.ipynb backtest.ipynb": (
        "tests/real/test_chicago.py",
        'executed(ROOT / "notebooks" / "7_backtest.ipynb", ',
    ),
    "python benchmarks/draw.py": ("benchmarks/draw.py", '__name__ == "__main__"'),
    "python benchmarks/coverage.py": (
        "tests/unit/test_estimates.py",
        '"benchmarks" / "coverage.py"',
    ),
    "python benchmarks/across.py": ("benchmarks/across.py", '__name__ == "__main__"'),
    "python benchmarks/teams.py 300x40 3000x300": ("benchmarks/teams.py", '__name__ == "__main__"'),
    "python benchmarks/intake.py --large": ("benchmarks/intake.py", '__name__ == "__main__"'),
    "python benchmarks/interrupted.py --kills 500 --faults 200": (
        "benchmarks/interrupted.py",
        '__name__ == "__main__"',
    ),
    "python benchmarks/results.py": ("benchmarks/results.py", '__name__ == "__main__"'),
    '.venv/bin/python -m pytest -m "not slow and not browser"': ("pyproject.toml", '"browser: '),
    "SSJ_REAL_DATA=../data .venv/bin/python -m pytest -m real": ("pyproject.toml", '"real: '),
}
NO_FILES = {"ssj/1", "ssj/2"}  # the protocol's name


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def laid_out_alike(code: str) -> str:
    """Code without what a formatter decides: line ends, blanks, the last comma before a bracket."""
    return re.sub(r",(?=[\])}])", "", "".join(code.split()))


def without_blocks(document: str) -> str:
    """Its text without fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text_of(document), flags=re.MULTILINE | re.DOTALL)


def commands(document: str) -> list[str]:
    """The lines of its fenced sh blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", text_of(document), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def headings(document: str) -> list[int]:
    """Levels of its headings."""
    return [len(marks) for marks in re.findall(r"^(#+) ", without_blocks(document), re.MULTILINE)]


def first_columns(document: str, pattern: str) -> list[tuple[str, str]]:
    """Rows of its tables: first cell, if it matches, and second."""
    return re.findall(rf"^\| ({pattern}) \| ([^|]*?) \|", without_blocks(document), re.MULTILINE)


ALL = {command: document for document in reversed(WITH_COMMANDS) for command in commands(document)}


# Commands


@pytest.fixture(scope="module")
def project(done_sample60, tmp_path_factory) -> Path:
    """A project with the small round drawn as a demonstration, and the folder of a new one."""
    folder = tmp_path_factory.mktemp("docs") / "project"
    shutil.copytree(done_sample60, folder / "demo")
    (folder / "params").mkdir()
    assert ssj(folder, "new", "2026Q4").returncode == RUN["ssj new 2026Q4"]
    shutil.rmtree(folder / "params" / "2026Q4")
    shutil.copytree(folder / "demo/params/sample60", folder / "params/sample60")
    assert ssj(folder, "new", "2026Q4", "--from", "sample60").returncode == 0
    assert ssj(folder, "new", "2026", "--from", "sample60").returncode == 0
    shutil.rmtree(folder / "params/sample60")
    assert ssj(folder, *arguments("ssj new --training")).returncode == RUN["ssj new --training"]
    return folder


def arguments(command: str) -> list[str]:
    """What follows the program's name, for the test's project."""
    return shlex.split(command.replace("2021Q4", "sample60"))[1:]


@pytest.mark.parametrize("command", ALL)
def test_every_command_is_known(command):
    words = shlex.split(command)
    if words[0] == "make":
        assert len(words) == 2 and re.search(rf"^{words[1]}:", text_of("Makefile"), re.MULTILINE)
    elif command.startswith("python -c "):
        # one alone, which brings a ledger's bytes back
        needle = 'next(line for line in guide.splitlines() if line.startswith("python -c "))'
        assert needle in text_of("tests/unit/test_archive.py")
    elif command in ELSEWHERE:
        file, needle = ELSEWHERE[command]
        assert laid_out_alike(needle) in laid_out_alike(text_of(file))
    else:
        assert command in RUN or command in PROTOCOL_ALONE, (
            f"{ALL[command]}: neither run here nor listed: {command}"
        )


# each subcommand once as a process, as a reader of the pages would start it
FIRST = {tuple(command.split()[1:2]): command for command in reversed(RUN)}.values()


@pytest.mark.parametrize("command", [c for c in RUN if " new " not in c])
def test_command(command, project):
    assert command in ALL, "no longer documented"
    act = process if command in FIRST else ssj
    answer = act(project, *arguments(command), *(["--prepare-only"] if " lab " in command else []))
    assert answer.returncode == RUN[command], answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr


def test_new(tmp_path):
    command = "ssj new 2026Q4"
    (tmp_path / "params").mkdir()
    assert command in ALL and process(tmp_path, *arguments(command)).returncode == RUN[command]
    made = {p.name for p in (tmp_path / "params" / "2026Q4").iterdir()}
    guide = {
        name
        for cell, _ in first_columns("docs/GUIDE.zh-CN.md", "`[^`]*`")
        for name in re.findall(r"`([\w.]+\.(?:xlsx|toml))`", cell)
    }
    assert made == guide


@pytest.mark.parametrize("command", PROTOCOL_ALONE)
def test_protocol_alone(command, project, tmp_path):
    assert command in ALL
    files = [project / word for word in arguments(command)]
    answer = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", *files],
        cwd=tmp_path,
        encoding="utf-8",
        capture_output=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_nothing_is_listed_that_is_not_documented():
    assert set(ELSEWHERE) | set(RUN) <= set(ALL)


def test_make_targets_named_in_prose_exist():
    named = {
        name for document in DOCUMENTS for name in re.findall(r"`make ([a-z]+)`", text_of(document))
    }
    assert named and named <= set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))


def test_pytest_markers_are_explained():
    declared = re.findall(r'^    "([a-z]+): ', text_of("pyproject.toml"), re.MULTILINE)
    for document in READMES:
        assert all(f"`{name}`" in text_of(document) for name in declared)


# The twins


def test_readmes_have_the_same_commands():
    assert commands(READMES[0]) == commands(READMES[1]) != []


def test_readmes_have_the_same_headings_and_tables():
    assert headings(READMES[0]) == headings(READMES[1])
    rows = [len(re.findall(r"^\|", text_of(document), re.MULTILINE)) for document in READMES]
    blocks = [re.findall(r"^```(\w*)", text_of(document), re.MULTILINE) for document in READMES]
    assert rows[0] == rows[1] and blocks[0] == blocks[1]


def test_readmes_link_to_the_same_pages():
    links = [
        set(re.findall(r"\]\(([^)#]+)\)", text_of(document))) - set(READMES) for document in READMES
    ]
    assert links[0] == links[1]


# Agreement with the code


def subcommands() -> list[tuple[str, str]]:
    """Name and help of every subcommand of the parser."""
    action = next(a for a in cli._parser()._actions if isinstance(a, argparse._SubParsersAction))
    return [(choice.dest, choice.help) for choice in action._choices_actions]


def test_every_subcommand_is_documented_with_its_help():
    assert first_columns("README.zh-CN.md", "`ssj [a-z]+`") == [
        (f"`ssj {name}`", text) for name, text in subcommands()
    ]
    assert [name for name, _ in first_columns("README.md", "`ssj [a-z]+`")] == [
        f"`ssj {name}`" for name, _ in subcommands()
    ]


def test_exit_codes():
    words = re.findall(r"(\d) ([^；]+)", cli.EXIT_CODES.partition("：")[2])
    assert first_columns("README.zh-CN.md", r"\d") == words
    fails, open_ = Step(1, "", False, "x"), Step(2, "", None, "x")
    codes = [
        0,
        SsjError.exit_code,
        usage_error(),
        InputError.exit_code,
        RefusedError.exit_code,
        Report("", [fails, open_]).exit_code,
        Report("", [open_]).exit_code,
    ]
    assert codes == list(range(7)) == [int(code) for code, _ in first_columns("README.md", r"\d")]


def usage_error() -> int:
    with pytest.raises(SystemExit) as raised:
        cli._parser().parse_args(["--nothing"])
    return raised.value.code


def test_columns_named_in_the_guide_are_the_required_ones():
    from ssj.tables.schema import COLUMNS

    for table, cell in first_columns("docs/GUIDE.zh-CN.md", "`(?:items|targets|officers|plan)`"):
        names = [c.header for c in COLUMNS[table[1:-1]] if c.required]
        assert cell.partition("；")[0].split("、") == names


def test_rooms_in_the_architecture_page_are_those_of_the_code():
    """In their order; tests/unit/test_layers.py holds that imports follow it."""
    rows = re.findall(r"^\| `ssj/([a-z]+)/` \|", text_of("docs/ARCHITECTURE.md"), re.MULTILINE)
    assert tuple(rows) == test_layers.ROOMS


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_point_to_files(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(document)):
        assert ":" not in target, "a document names no address"
        path = (ROOT / document).parent / target.partition("#")[0]
        assert path.exists(), target


@pytest.mark.parametrize(
    "document", [d for d in DOCUMENTS if not d.startswith(("params/", "demo/"))]
)
def test_paths_in_backticks_exist(document):
    for path in re.findall(
        r"`((?:ssj|docs|tests|notebooks|benchmarks|scripts|\.ci)/[\w./-]*)`",
        without_blocks(document),
    ):
        assert path in NO_FILES or (ROOT / path).exists(), path


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_machine_path_or_registry(document):
    assert not re.search(
        r"(?<![\w.])/(?:work|root|home|opt|Users)/|https?://|pypi\.org|conda\.anaconda",
        text_of(document),
    )
