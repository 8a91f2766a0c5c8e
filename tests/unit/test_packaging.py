"""pyproject.toml, both locks and environment.yml agree; no tracked file names a registry's host
or a machine's path.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ssj

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
RUNNING = [*PROJECT["project"]["dependencies"], *EXTRAS["build"]]
DIRECT = [
    *PROJECT["project"]["dependencies"],
    *(r for group in EXTRAS.values() for r in group),
    *PROJECT["build-system"]["requires"],
]
# what runs ssj, as it lies in every archive; what tests and lints it too
LOCKS = {"requirements.lock": RUNNING, "requirements-dev.lock": DIRECT}


def locked(lock: str) -> dict[str, list[tuple[str, list[str]]]]:
    """Package → (version, hashes) of each of its entries; markers may give it several."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    text = (ROOT / lock).read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=\S)", text.replace("\\\n", "")):
        name, version = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", entry).groups()
        found.setdefault(canonicalize_name(name), []).append(
            (version, re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry))
        )
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_direct_dependencies_are_locked(lock):
    known = locked(lock)
    missing = []
    for wanted in map(Requirement, LOCKS[lock]):
        versions = [version for version, _ in known.get(canonicalize_name(wanted.name), [])]
        if not versions or any(version not in wanted.specifier for version in versions):
            missing.append(f"{wanted}: {versions}")
    assert missing == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_pinned_by_hash(lock):
    known = locked(lock)
    assert [name for name, entries in known.items() for _, hashes in entries if not hashes] == []
    assert len(known) > len(LOCKS[lock])
    assert set(re.findall(r"--hash=(\w+)", (ROOT / lock).read_text(encoding="utf-8"))) == {"sha256"}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert re.findall(r"://|--index|--find-links|--extra|--trusted|\s@\s", text) == []


def test_tests_run_on_what_runs():
    """The plain install lacks what only tests need, and has the very versions that are tested."""
    plain, tested = (locked(lock) for lock in LOCKS)
    assert plain.items() <= tested.items()
    only_tests = {Requirement(r).name for group in ("test", "lint") for r in EXTRAS[group]}
    needed_anyway = {"pexpect", "psutil", "jsonschema"}  # by ipykernel, ipykernel, nbformat
    assert {canonicalize_name(name) for name in only_tests} & plain.keys() <= needed_anyway
    assert len(tested) - len(plain) >= 20


def test_make_installs_from_the_locks():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = dict(re.findall(r"(?m)^(run|test|lint|lab|bench|samples): (\S+)$", text))
    plain = dict.fromkeys(("run", "lab", "samples"), ".venv/ready")
    assert rules == {**plain, **dict.fromkeys(("test", "lint", "bench"), ".venv/ready-dev")}
    assert re.findall(r"--require-hashes -r (\S+)", text) == list(LOCKS)
    assert "make lint" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_environment_yml_defers_to_the_lock():
    lines = [
        line.strip()
        for line in (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert lines == [
        "name: ssj",
        "channels:",
        "- conda-forge",
        "dependencies:",
        f"- python{PROJECT['project']['requires-python']}",
        "- pip",
        "- pip:",
        "- -r requirements.lock",
    ]


def test_versions_agree():
    assert PROJECT["project"]["version"] == ssj.__version__
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.14"


def test_the_build_backend_is_installed_from_the_lock_too():
    assert (
        PROJECT["project"]["optional-dependencies"]["build"] == PROJECT["build-system"]["requires"]
    )


def test_every_import_comes_from_the_lock():
    """Top-level modules that ssj/, scripts/ and tests/ import: standard library, own, or locked;
    those of ssj/ in the lock that runs it, or in functions that say what is missing without the
    extra ``audit``.
    """
    known = metadata.packages_distributions()
    extra = {canonicalize_name(Requirement(r).name) for r in EXTRAS["audit"]}
    assert extra <= locked("requirements-dev.lock").keys()
    missing = set()
    plain, tested = (locked(lock) for lock in LOCKS)
    for path in [
        *(ROOT / "ssj").rglob("*.py"),
        *(ROOT / "scripts").rglob("*.py"),
        *(ROOT / "tests").rglob("*.py"),
    ]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if (isinstance(node, ast.ImportFrom) and not node.level)
                else []
            )
            for top in (
                {name.partition(".")[0] for name in names}
                - {"ssj", "conftest"}
                - set(sys.stdlib_module_names)
            ):
                own = any(
                    p.exists()
                    for p in (
                        path.parent / f"{top}.py",
                        ROOT / "scripts" / f"{top}.py",
                        ROOT / "tests" / top,
                        ROOT / "tests" / f"{top}.py",
                    )
                )
                lock = plain if path.is_relative_to(ROOT / "ssj") else tested
                if canonicalize_name(top) in extra and node not in tree.body:
                    continue
                if not own and not any(
                    canonicalize_name(dist) in lock for dist in known.get(top, [])
                ):
                    missing.add(f"{path.relative_to(ROOT).as_posix()}: {top}")
    assert missing == set()


# Put together from pieces, so that this file doesn't name them either.
HOSTS = [
    "py" + "pi.org",
    "python" + "hosted",
    "ana" + "conda.",
    "npm" + "js.",
    "regis" + "try.yarn",
    "jsdel" + "ivr",
    "unp" + "kg.",
    "crates" + ".io",
    "tsinghua" + ".edu",
    "ali" + "yun.",
    "ustc" + ".edu",
    "goproxy" + ".",
]
PATHS = re.compile(rb"(?<![\w.:~*-])/(?:work|root|home|Users)/|[A-Za-z]:\\\\?Users")


def tracked() -> list[str]:
    """Tracked files, and those that will be: untracked, not ignored."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout")
    answer = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [
        name for name in sorted(set(answer.stdout.split("\0"))) if name and (ROOT / name).is_file()
    ]


def test_no_registry_host():
    assert [
        (name, host)
        for name in tracked()
        for host in HOSTS
        if host.encode() in (ROOT / name).read_bytes().lower()
    ] == []


def test_no_path_of_a_machine():
    assert [
        (name, found[0])
        for name in tracked()
        if (found := PATHS.search((ROOT / name).read_bytes()))
    ] == []


@pytest.mark.parametrize("folder", ["params", "outputs"])
def test_what_is_live_comes_with_no_more_than_a_readme(folder):
    own = [name for name in tracked() if name.startswith(f"{folder}/")]
    assert own == [f"{folder}/README.md"]
    assert not any(name.startswith(("demo/outputs", "demo/training")) for name in tracked())


def test_line_ends_are_kept():
    text = (ROOT / ".gitattributes").read_text(encoding="utf-8")
    assert text.startswith("* text=auto eol=lf\n")
    binary = {
        line.split()[0].removeprefix("*") for line in text.splitlines() if line.endswith(" binary")
    }
    suffixes = {
        (ROOT / name).suffix for name in tracked() if b"\0" in (ROOT / name).read_bytes()[:8000]
    }
    assert suffixes <= binary, "else git would change their bytes"
    crlf = [
        name
        for name in tracked()
        if (ROOT / name).suffix not in binary and b"\r\n" in (ROOT / name).read_bytes()
    ]
    assert "*.bat text eol=crlf\n" in text and crlf == ["start.bat"]


def test_start_bat_is_what_cmd_reads_safely():
    """Plain ASCII, every line ended as on Windows, labels for its jumps; Windows itself was not
    tried.
    """
    data = (ROOT / "start.bat").read_bytes()
    assert (
        data.isascii() and data.count(b"\n") == data.count(b"\r\n") and not data.startswith(b"\xef")
    )
    text = data.decode("ascii")
    assert (
        set(re.findall(r"goto (\w+)", text))
        == {"start", "end"}
        == set(re.findall(r"(?m)^:(\w+)", text))
    )
    assert (
        "chcp 65001" in text
        and "pause" in text
        and (ROOT / "ssj" / "templates" / "start.txt").exists()
    )
    name = re.search(r"(?m)^name: (\w+)$", (ROOT / "environment.yml").read_text(encoding="utf-8"))[
        1
    ]
    assert f"envs\\{name}\\Scripts\\ssj.exe" in text


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell")
def test_start_sh(tmp_path):
    """The environment is found in each of its places; without one the way on is said; the window
    stays open.
    """
    project = tmp_path / "某 项目"
    (project / "ssj" / "templates").mkdir(parents=True)
    for name in ("start.sh", "ssj/templates/start.txt"):
        shutil.copy(ROOT / name, project / name)

    def run(**env):
        own = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home"), "SSJ_WINDOW": "1", **env}
        return subprocess.run(
            [str(project / "start.sh")],
            cwd=tmp_path,
            input="\n",
            encoding="utf-8",
            capture_output=True,
            check=False,
            env=own,
        )

    answer = run()
    assert (
        answer.stdout
        == (ROOT / "ssj" / "templates" / "start.txt").read_text(encoding="utf-8")
        + "\n按回车关闭窗口。"
    )
    places = {
        "conda": tmp_path / "home" / "miniforge3" / "envs" / "ssj",
        "listed": tmp_path / "elsewhere" / "ssj",
        "active": tmp_path / "active",
        "venv": project / ".venv",
    }
    (tmp_path / "home" / ".conda").mkdir(parents=True)
    for name, place in places.items():  # each is preferred to those before it
        (place / "bin").mkdir(parents=True)
        (place / "bin" / "ssj").write_text(f"#!/bin/sh\necho {name} in $PWD\n", encoding="utf-8")
        (place / "bin" / "ssj").chmod(0o755)
        if name == "listed":
            (tmp_path / "home" / ".conda" / "environments.txt").write_text(
                f"{tmp_path}/other\n{place}\n", encoding="utf-8"
            )
        answer = run(CONDA_PREFIX=str(places["active"]))
        assert (
            answer.stdout == f"{name} in {project}\n\n按回车关闭窗口。" and answer.returncode == 0
        ), answer.stderr
    # from a file manager there is no terminal: one is opened, which runs the script again
    (tmp_path / "stubs").mkdir()
    (tmp_path / "stubs" / "x-terminal-emulator").write_text(
        '#!/bin/sh\necho "window: $*"; exec "$2" </dev/null\n', encoding="utf-8"
    )
    (tmp_path / "stubs" / "x-terminal-emulator").chmod(0o755)
    answer = run(SSJ_WINDOW="", PATH=f"{tmp_path}/stubs:/usr/bin:/bin")
    assert answer.stdout.startswith(f"window: -e ./start.sh\nvenv in {project}\n")
