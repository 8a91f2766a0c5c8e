"""The verifier in Go (``verifiers/go``), which was written from the text alone: all vectors, and
what it says to a person.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from ssj import protocol

PROJECT = Path(__file__).parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))
import make_go_table  # noqa: E402
import odd_files  # noqa: E402
import odd_kinds  # noqa: E402

SOURCE, VECTORS = PROJECT / "verifiers" / "go", PROJECT / "tests" / "vectors"

pytestmark = pytest.mark.skipif(
    shutil.which("go") is None, reason="Go (Debian's golang-go) is not installed"
)


@pytest.fixture(scope="module")
def verifier(tmp_path_factory) -> Path:
    program = tmp_path_factory.mktemp("go") / "ssj-verify"
    subprocess.run(["go", "build", "-o", program, "."], cwd=SOURCE, check=True, timeout=600)
    return program


def run(program: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_all_vectors(verifier):
    cases = sum(
        len(json.loads(p.read_text(encoding="utf-8"))["cases"]) for p in VECTORS.glob("*.json")
    )
    done = run(verifier, "--vectors", VECTORS)
    assert (done.returncode, done.stdout) == (0, f"{cases} 个测试向量，0 个不符\n")


def test_a_wrong_vector_is_found(verifier, tmp_path):
    for name in ("whole_draw", "seed"):
        file = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
        if name == "seed":
            file["cases"][0]["expected"] = "0" * 64
        (tmp_path / f"{name}.json").write_bytes(protocol.canonical(file))
    done = run(verifier, "--vectors", tmp_path)
    assert done.returncode == 1 and "seed.json" in done.stdout and "1 个不符" in done.stdout


def test_it_says_what_holds_and_what_does_not(verifier, tmp_path):
    cases = json.loads((VECTORS / "public_records.json").read_text(encoding="utf-8"))["cases"]
    documents = {c["name"]: c["input"]["document"] for c in cases if c["function"] == "examine"}
    for name in ("public", "changed-text"):
        (tmp_path / f"{name}.json").write_bytes(protocol.canonical(documents[name]))
    (tmp_path / "page.html").write_text("<html>样例</html>", encoding="utf-8")
    good = run(verifier, tmp_path / "public.json")
    assert good.returncode == 0 and "公开记录" in good.stdout and "不符" not in good.stdout
    bad = run(verifier, "--json", tmp_path / "changed-text.json", tmp_path / "page.html")
    said = json.loads(bad.stdout)
    assert bad.returncode == 1
    assert [s for s in said["files"][0]["steps"] if s[1] is False] == [[4, False]]
    assert said["files"][1]["refused"] and said["files"][1]["steps"] == []
    assert run(verifier, tmp_path / "page.html").returncode == 2
    assert run(verifier).returncode == 2


def test_codes_of_visits_are_judged_as_in_python(verifier, tmp_path, capsys):
    cases = json.loads((VECTORS / "check_states.json").read_text(encoding="utf-8"))["cases"]
    found = set()
    for number, case in enumerate(cases):
        given, paths = case["input"], []
        for n, document in enumerate(given["documents"]):
            if all(step.holds is not False for step in protocol.examine(document)):
                paths.append(tmp_path / f"{number}-{n}.json")
                paths[-1].write_bytes(protocol.canonical(document))
        for n, ledger in enumerate(given["ledgers"]):
            paths.append(tmp_path / f"{number}-{n}.jsonl")
            paths[-1].write_text(ledger, encoding="utf-8")
        arguments = [str(path) for path in paths] + [given["code"]]
        python = protocol.main(arguments)
        said = capsys.readouterr().out
        go = run(verifier, "--json", *arguments)
        (judged,) = json.loads(go.stdout)["codes"]
        line = next(line for line in said.splitlines() if line.startswith("检查码"))
        word = {True: "：相符", False: "：不符", None: "：未核验"}[judged[1]]
        assert (case["name"], word in line) == (case["name"], True), line
        assert (case["name"], python == 1) == (case["name"], go.returncode == 1)
        found.add(word)
    assert len(found) == 3


def test_odd_files_of_all_kinds_are_judged_as_in_python():
    """Once each; ``scripts/odd_files.py`` shows a thousand, to the page's JavaScript too."""
    with odd_files.in_go() as judge:
        for number, (name, kind) in enumerate(odd_kinds.kinds().items()):
            files = kind(Random(number))
            assert (name, odd_files.guarded(judge, files)) == (name, odd_files.in_python(files))


def test_it_needs_nothing_but_the_standard_library():
    assert "require" not in (SOURCE / "go.mod").read_text(encoding="utf-8")
    assert not (SOURCE / "go.sum").exists()


def test_its_sources_are_formatted():
    done = subprocess.run(
        ["gofmt", "-l", "."], cwd=SOURCE, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


def test_its_table_of_characters_is_as_the_script_writes_it():
    kept, fresh = (SOURCE / "ids_table.go").read_text(encoding="utf-8"), make_go_table.table()
    if fresh.splitlines()[0] != kept.splitlines()[0]:
        pytest.skip("this Python knows another version of Unicode than the table")
    assert fresh.split() == kept.split(), "python scripts/make_go_table.py, then gofmt -w"
