"""The same stage.json gives the same freeze.json and draw.json, byte for byte, whatever must not
matter:

the order of rows and columns in any table, the kind of file, the version of Python, its hash seed.
The calls are those of the notebooks, in one process without a kernel.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlwt
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st

from ssj import protocol
from ssj.base import params
from ssj.base.errors import require
from ssj.draw.derive import derive
from ssj.rosters import rosters
from ssj.tables import rawtables, schema, writing

STAGE = {
    "attempt": 1,
    "salt": "60" * 32,
    "code": {"version": "0", "hash": "0" * 64},
    "ledger_head": protocol.NO_HEAD,
}


def freeze(folder: Path) -> bytes:
    """``freeze.json`` of a round's folder, as 1a_freeze.ipynb writes it."""
    parameters = params.read_round(folder / "round.toml")
    derived = derive(rosters.load_round(folder, parameters), parameters)
    require(derived.problems)
    return protocol.canonical(derived.record(STAGE))


def draw(frozen: bytes, folder: Path) -> bytes:
    """``draw.json``, as 2_draw.ipynb writes it."""
    record = protocol.parse(frozen.decode("utf-8"))
    entropy = params.read_entropy(folder / "entropy.toml").recorded()
    return protocol.canonical(
        {**record, "entropy": entropy, **protocol.draw(record, entropy["text"])}
    )


@cache
def reference(round_id: str) -> tuple[bytes, bytes]:
    """Both files of a sample round as it lies in params/."""
    folder = ROOT / "demo" / "params" / round_id
    frozen = freeze(folder)
    return frozen, draw(frozen, folder)


@cache
def raw(table: str) -> pd.DataFrame:
    """A table of sample60 as it is read: cells with their types."""
    return rawtables.read(
        ROOT / "demo" / "params" / "sample60" / f"{table}.xlsx", schema.headers(table)
    ).frame


def test_the_calls_are_those_of_the_notebooks():
    """The reference stages were executed from the same round and stage.json
    (scripts/make_reference.py).
    """
    executed = ROOT / "tests" / "reference"
    assert reference("sample60") == (
        (executed / "1a_freeze" / "out" / "freeze.json").read_bytes(),
        (executed / "2_draw" / "out" / "draw.json").read_bytes(),
    )


# --- kinds of files ---


def as_text(cell: Any) -> str | None:
    return None if cell is None else str(cell.date() if isinstance(cell, dt.datetime) else cell)


def csv(encoding: str) -> Callable[[Path, pd.DataFrame], None]:
    return lambda stem, frame: frame.map(as_text).to_csv(
        f"{stem}.csv", index=False, encoding=encoding
    )


def parquet(stem: Path, frame: pd.DataFrame) -> None:
    frame.map(as_text).to_parquet(f"{stem}.parquet", index=False)


def xlsx(stem: Path, frame: pd.DataFrame) -> None:
    writing.write_xlsx(Path(f"{stem}.xlsx"), {"表": frame})


def xls(stem: Path, frame: pd.DataFrame) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet, day = book.add_sheet("表"), xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for at, title in enumerate(frame.columns):
        sheet.write(0, at, title)
        for row, cell in enumerate(frame[title], 1):
            if cell is not None:
                sheet.write(row, at, cell, *([day] if isinstance(cell, dt.date) else []))
    book.save(f"{stem}.xls")


KINDS = {
    "xlsx": xlsx,
    "xls": xls,
    "parquet": parquet,
    "csv utf-8": csv("utf-8"),
    "csv utf-8 with mark": csv("utf-8-sig"),
    "csv gb18030": csv("gb18030"),
}


def written(folder: Path, change: Callable[[str], tuple[pd.DataFrame, str]]) -> Path:
    """The small round with its four tables as ``change`` (table → frame, kind of file) has them."""
    for name in ("round.toml", "entropy.toml"):
        shutil.copyfile(ROOT / "demo" / "params" / "sample60" / name, folder / name)
    for table in schema.TITLES:
        frame, kind = change(table)
        KINDS[kind](folder / table, frame)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_another_kind_of_file(kind, tmp_path):
    folder = written(tmp_path, lambda table: (raw(table), kind))
    frozen = freeze(folder)
    assert frozen == reference("sample60")[0]
    assert draw(frozen, folder) == reference("sample60")[1]


@examples(1 / 4)
@given(
    orders=st.fixed_dictionaries(
        {table: st.randoms(use_true_random=False) for table in schema.TITLES}
    ),
    kinds=st.fixed_dictionaries({table: st.sampled_from(sorted(KINDS)) for table in schema.TITLES}),
)
def test_order_of_rows_and_columns_and_mixed_files(orders, kinds):
    """Targets, officers, items, the plan's tasks in any order, each table in any kind of file."""

    def change(table: str) -> tuple[pd.DataFrame, str]:
        frame, rows, columns = raw(table), list(range(len(raw(table)))), list(raw(table).columns)
        orders[table].shuffle(rows)
        orders[table].shuffle(columns)
        return frame.iloc[rows][columns], kinds[table]

    with tempfile.TemporaryDirectory() as place:
        folder = written(Path(place), change)
        frozen = freeze(folder)
        assert frozen == reference("sample60")[0]
        assert draw(frozen, folder) == reference("sample60")[1]


def test_the_check_can_fail(tmp_path):
    """One changed cell, or another order where order is content, is another record."""

    def change(table: str) -> tuple[pd.DataFrame, str]:
        frame = raw(table).copy()
        if table == "targets":
            frame.loc[frame.index[0], "地址"] = "演示县演示路999号"
        return frame, "xlsx"

    assert freeze(written(tmp_path, change)) != reference("sample60")[0]


# --- another Python ---


@cache
def interpreters() -> dict[str, str]:
    """Minor version → an interpreter of another supported version than this one (pyenv's, or on the
    path).
    """
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    own, found = f"{sys.version_info[0]}.{sys.version_info[1]}", {}
    for version in ("3.11", "3.12", "3.13"):
        places = [*sorted(home.glob(f"{version}.*/bin/python")), shutil.which(f"python{version}")]
        for place in filter(None, places) if version != own else ():
            said = subprocess.run(
                [str(place), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                capture_output=True,
                encoding="utf-8",
            )
            if said.stdout.strip() == version:
                found[version] = str(place)
                break
    return found


# Standard library and protocol.py alone (-I -S: no site packages, no environment); bytes to a file,
# as on any system
ELSEWHERE = """
import sys
sys.path.insert(0, sys.argv[1])
import protocol
frozen, entropy = (
    protocol.parse(open(sys.argv[1] + "/" + name, encoding="utf-8").read())
    for name in ("freeze.json", "entropy.json")
)
drawn = {**frozen, "entropy": entropy, **protocol.draw(frozen, entropy["text"])}
with open(sys.argv[1] + "/draw.json", "wb") as file:
    file.write(protocol.canonical(drawn))
"""


def drawn_elsewhere(folder: Path, round_id: str, *command: str, **env: str) -> bytes:
    frozen, drawn = reference(round_id)
    shutil.copyfile(ROOT / "ssj" / "protocol.py", folder / "protocol.py")
    (folder / "freeze.json").write_bytes(frozen)
    (folder / "entropy.json").write_bytes(
        protocol.canonical(protocol.parse(drawn.decode("utf-8"))["entropy"])
    )
    subprocess.run(
        [*command, "-c", ELSEWHERE, str(folder)],
        env={**os.environ, **env},
        check=True,
        capture_output=True,
    )
    return (folder / "draw.json").read_bytes()


@pytest.mark.parametrize("round_id", ["sample60", "2021Q4"])
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_another_python(version, round_id, tmp_path):
    if version not in interpreters():
        pytest.skip(
            f"Python {version} is this one, or is not found (pyenv's versions and the path "
            "were searched)"
        )
    assert (
        drawn_elsewhere(tmp_path, round_id, interpreters()[version], "-I", "-S")
        == reference(round_id)[1]
    )


@pytest.mark.parametrize("seed", ["1", "20211126"])
def test_another_hash_seed(seed, tmp_path):
    assert (
        drawn_elsewhere(tmp_path, "sample60", sys.executable, "-S", PYTHONHASHSEED=seed)
        == reference("sample60")[1]
    )
