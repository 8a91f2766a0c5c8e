"""What determines a record, and nothing else, makes the code hash; the whole program is kept once;
releases are entered once and for ever.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from itertools import pairwise

import pytest
from archived import failing, report_of, steps
from conftest import ROOT, new_project, process
from warm import ssj as ssj_

import ssj
from ssj.base.errors import SsjError
from ssj.casebook import archive, program, runner
from ssj.stages.registry import kinds

sys.path.insert(0, str(ROOT / "scripts"))
import release

NOTEBOOKS = sorted(kind.notebook for kind in kinds().values())
WHOLE = program.files()


def copied(folder):
    """A copy of the whole program."""
    for name, data in {**WHOLE, program.RELEASES: b"[]"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


# --- the code hash


@pytest.fixture
def small(tmp_path):
    """A program of a few files."""
    cell = {"cell_type": "code", "source": ["from ssj.draw import a\n", "import ssj.b"]}
    sources = {
        "notebooks/5_void.ipynb": json.dumps({"cells": [cell]}),
        "ssj/__init__.py": '__version__ = "1"',
        "ssj/draw/__init__.py": "",
        "ssj/draw/a.py": "def f():\n    from ssj import c\n    return template('t.html')",
        "ssj/b.py": "import json, ssj.draw.a as a\ntemplate(name)",
        "ssj/c.py": "",
        "ssj/other.py": "",
        "ssj/templates/t.html": "t",
        "ssj/templates/u.html": "u",
    }
    for name, text in sources.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


COVERED = (
    "notebooks/5_void.ipynb",
    "ssj/b.py",
    "ssj/c.py",
    "ssj/draw/__init__.py",
    "ssj/draw/a.py",
    "ssj/templates/t.html",
)


def test_the_code_hash_is_that_of_sorted_lines(small):
    assert tuple(sorted(program.code_files("5_void.ipynb", program.files(small)))) == COVERED
    lines = [
        f"{name}:{hashlib.sha256((small / name).read_bytes()).hexdigest()}" for name in COVERED
    ]
    expected = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    identity = {"version": ssj.__version__, "hash": expected}
    assert program.code_identity("5_void.ipynb", small) == identity


def test_what_changes_the_code_hash_of_a_small_program(small):
    before = program.code_identity("5_void.ipynb", small)
    for name in ("ssj/__init__.py", "ssj/other.py", "ssj/templates/u.html", "ssj/new.py"):
        (small / name).write_text("# other", encoding="utf-8")
        assert program.code_identity("5_void.ipynb", small) == before, name
    for name in COVERED[1:]:
        data = (small / name).read_bytes()
        (small / name).write_bytes(data + b"\n# other")
        assert program.code_identity("5_void.ipynb", small) != before, name
        (small / name).write_bytes(data)


# a typo mended here must not stop a frozen round on the day of its event
OUTSIDE = (
    "ssj/desk/menu.py",
    "ssj/desk/training.py",
    "ssj/papers/paperwork.py",
    "ssj/papers/templates/检查表.docx",
    "ssj/proof/many_rounds.py",
    "ssj/templates/page.html.j2",
    "ssj/templates/receipt.html.j2",
    "ssj/templates/entropy.toml",
    "ssj/results/results.py",
    "ssj/audit/audit.py",
    "ssj/casebook/archive.py",
    "notebooks/3_results.ipynb",
    "notebooks/9_training.ipynb",
    "requirements.lock",
)
INSIDE = (
    *(f"notebooks/{name}" for name in program.DRAWING),
    "ssj/protocol.py",
    "ssj/base/words.py",
    "ssj/casebook/show.py",
    "ssj/draw/matching.py",
    "ssj/rosters/rosters.py",
    "ssj/tables/rules.py",
    "ssj/templates/table.html.j2",
)


def test_what_determines_a_draw():
    covered = program.code_files("2_draw.ipynb", WHOLE)
    assert set(INSIDE) <= covered.keys() and not covered.keys() & set(OUTSIDE)
    assert set(OUTSIDE) <= WHOLE.keys()


def test_stages_that_make_a_draw_have_one_code_hash_and_others_their_own():
    hashes = {name: program.code_identity(name)["hash"] for name in NOTEBOOKS}
    assert len({hashes[name] for name in program.DRAWING}) == 1
    assert len(set(hashes.values())) == len(NOTEBOOKS) - len(program.DRAWING) + 1


# runs the cells of a notebook and prints which files were opened meanwhile
CELLS = """
import json, sys
opened = set()
sys.addaudithook(lambda event, given: event == "open" and opened.add(str(given[0])))
names = json.loads(sys.argv[2])
for cell in json.loads(open(sys.argv[1], encoding="utf-8").read())["cells"]:
    if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", []):
        exec(compile("".join(cell["source"]), "cell", "exec"), names)
print(json.dumps(sorted(opened)))
"""


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_an_executed_notebook_reads_no_other_file_of_the_program(kind, tmp_path):
    """What is found in the sources holds what is loaded and filled in fact."""
    notebook = kinds()[kind].notebook
    reference = ROOT / "tests" / "reference" / notebook.removesuffix(".ipynb")
    shutil.copytree(reference / "in", tmp_path / "in")
    (tmp_path / "out").mkdir()
    given = json.dumps(runner.parameters_of(runner.read_stage(reference)))
    answer = subprocess.run(
        [sys.executable, "-c", CELLS, str(ROOT / "notebooks" / notebook), given],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    read = set()
    for path in json.loads(answer.stdout.splitlines()[-1]):
        if path.startswith(f"{ROOT}/ssj/"):
            name = path.removeprefix(f"{ROOT}/")
            folder, _, module = name.partition("/__pycache__/")
            read.add(f"{folder}/{module.partition('.')[0]}.py" if module else name)
    assert {"ssj/casebook/show.py", "ssj/templates/table.html.j2"} <= read
    assert read - {program.HEAD} <= program.code_files(notebook, WHOLE).keys()


def test_the_head_of_the_package_holds_the_version_and_no_code():
    """It alone is left out: a release that mends a page has another version and the same code."""
    tree = ast.parse((ROOT / program.HEAD).read_text(encoding="utf-8"))
    docstring, version = tree.body
    assert isinstance(docstring, ast.Expr) and isinstance(version, ast.Assign)
    assert ast.unparse(version.targets[0]) == "__version__"
    assert isinstance(version.value, ast.Constant)


# --- the whole program, kept once


def test_the_program_is_kept_once_and_mended(tmp_path):
    outputs, work = tmp_path / "outputs", tmp_path / "work"
    outputs.mkdir()
    work.mkdir()
    program.keep(outputs, work)
    (path,) = (outputs / program.KEPT).iterdir()
    assert path.stem == program.running()["hash"]
    assert program.unpacked(path) == WHOLE
    assert (outputs / "README.md").read_bytes() == WHOLE[program.README]
    first = path.read_bytes()
    before = path.stat().st_ino
    program.keep(outputs, work)
    assert path.stat().st_ino == before
    path.write_bytes(first[:1000])
    (outputs / "README.md").write_text("改过")
    program.keep(outputs, work)
    assert path.read_bytes() == first and list(work.iterdir()) == []
    assert (outputs / "README.md").read_bytes() == WHOLE[program.README]


def test_a_kept_program_has_all_that_it_needs():
    assert {"pyproject.toml", "requirements.lock", "README.md", program.HEAD} <= WHOLE.keys()
    assert {f"notebooks/{name}" for name in NOTEBOOKS} <= WHOLE.keys()
    assert program.RELEASES not in WHOLE and not [n for n in WHOLE if "__pycache__" in n]


def test_packing_gives_the_same_bytes_whatever_the_order():
    turned = dict(reversed(WHOLE.items()))
    assert program.packed(WHOLE) == program.packed(turned)


CHANGED = {
    "a file changed": lambda files: {**files, "ssj/cli.py": b"import os"},
    "a file more": lambda files: {**files, "sitecustomize.py": b""},
    "a file out of the folder": lambda files: {**files, "../../x.py": b""},
    "a file less": lambda files: {n: d for n, d in files.items() if n != "ssj/cli.py"},
    "nothing": lambda files: {},
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED.keys())
def test_a_changed_program_is_told(tmp_path, change):
    path = tmp_path / f"{program.digest(WHOLE)}.zip"
    path.write_bytes(program.packed(change(WHOLE)))
    with pytest.raises(SsjError, match="与校验码不符，不是原来的程序"):
        program.unpacked(path)


BROKEN = {
    "no zip": b"x",
    "cut": program.packed(WHOLE)[:-50_000],
    "damaged": program.packed(WHOLE).replace(b"\x00\x01", b"\x01\x00"),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_program_is_told(tmp_path, data):
    path = tmp_path / f"{program.digest(WHOLE)}.zip"
    path.write_bytes(data)
    with pytest.raises(SsjError, match="不是原来的程序"):
        program.unpacked(path)


def test_a_program_that_unpacks_to_too_much_is_not_unpacked(tmp_path):
    path = tmp_path / f"{program.digest(WHOLE)}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(program.LARGEST + 1))
    with pytest.raises(SsjError, match="不是原来的程序"):
        program.unpacked(path)


# --- releases


def test_this_program_is_the_last_release_or_none():
    known = program.releases()
    if "dev" in ssj.__version__:
        assert ssj.__version__ not in {release.version for release in known}
    else:
        assert known[-1] == release.entry()
    assert len({entry.version for entry in known}) == len(known)


def test_the_list_of_releases_only_grew():
    """In the whole history of this repository."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout")
    words = ("log", "--reverse", "--format=%H", "--", program.RELEASES)
    told = [git(*words).split(), git("rev-parse", "--is-shallow-repository").strip()]
    commits, shallow = told
    if shallow == "true":
        pytest.skip("the history is not here: a shallow clone")
    lists = [json.loads(git("show", f"{commit}:{program.RELEASES}")) for commit in commits]
    lists.append(json.loads((ROOT / program.RELEASES).read_text(encoding="utf-8")))
    for before, after in pairwise(lists):
        assert after[: len(before)] == before


def git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout


def test_a_release_is_entered_once_and_at_the_end(monkeypatch):
    old = {"version": "0.1", "program": "0" * 64, "code": {}, "format": 1, "protocol": "ssj/1"}
    monkeypatch.setattr(ssj, "__version__", "0.2")
    text = release.entered([old], [old])
    first, second = json.loads(text)
    assert first == old and second == json.loads(json.dumps(release.entry()._asdict()))
    assert second["code"].keys() == set(NOTEBOOKS) and second["format"] == archive.FORMAT
    with pytest.raises(SystemExit, match="entered already"):
        release.entered([{**old, "version": "0.2"}], [{**old, "version": "0.2"}])
    with pytest.raises(SystemExit, match="entries never change"):
        release.entered([{**old, "program": "1" * 64}], [old])
    monkeypatch.setattr(ssj, "__version__", "0.2.dev0")
    with pytest.raises(SystemExit, match="in development"):
        release.entered([old], [old])


# --- in use


@pytest.mark.slow
def test_a_mended_typo_does_not_stop_a_frozen_round(tmp_path):
    """Frozen by this program, drawn by one whose menu, training, papers and pages are others; one
    that draws otherwise is refused.
    """
    project = new_project(tmp_path / "project", "sample60")
    assert ssj_(project, "freeze", "sample60").returncode == 0
    mended = copied(tmp_path / "mended")
    for name in OUTSIDE[:7]:
        if name.endswith((".py", ".j2")):
            with (mended / name).open("a", encoding="utf-8") as file:
                file.write("{# mended #}" if name.endswith(".j2") else "\n# mended\n")
    (mended / "ssj/papers/templates/检查表.docx").unlink()
    head = (mended / program.HEAD).read_text(encoding="utf-8")
    (mended / program.HEAD).write_text(head.replace(ssj.__version__, "9.9"), encoding="utf-8")
    other = copied(tmp_path / "other")
    with (other / "ssj/draw/matching.py").open("a", encoding="utf-8") as file:
        file.write("\n# other\n")
    answer = process(project, "draw", "sample60", env={"PYTHONPATH": str(other)})
    assert answer.returncode == 4, answer.stdout + answer.stderr
    assert "封库时的程序与本机的不同，不能用来抽取" in answer.stderr
    assert "不在本机所知的发布版本中" in answer.stderr
    answer = process(project, "draw", "sample60", env={"PYTHONPATH": str(mended)})
    assert answer.returncode == 0, answer.stdout + answer.stderr
    kept = {path.stem for path in (project / "outputs" / program.KEPT).iterdir()}
    assert kept == {program.running()["hash"], program.digest(program.files(mended))}
    report = report_of(project, fast=False)
    assert report.exit_code == 6 and steps(report)[8] and failing(report) == {}
    assert (
        report.steps[7].detail == f"01-rosters、02-freeze 用 ssj {ssj.__version__}（未发布，"
        "就是本机这一份）；03-draw 用 ssj 9.9（未发布，与本机程序不同，但决定结果的部分相同）"
    )
    assert "9.9" in report.steps[9].detail and report.steps[9].holds is None
