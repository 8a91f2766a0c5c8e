"""Phone and identity numbers never enter an archive: dropped on reading, left out of the archived
copy, and said so.
"""

from __future__ import annotations

import json
import zipfile

import openpyxl
from archived import ROSTERS
from conftest import new_project, ssj

PHONE, IDENTITY = "13900000001", "110101199003070011"


def contents(path) -> bytes:
    """A file's bytes; of a zip (xlsx, docx) those of all its parts."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def test_personal_columns_are_left_out_of_everything_and_said(tmp_path):
    project = new_project(tmp_path, "sample60")
    workbook = project / "params" / "sample60" / "officers.xlsx"
    book = openpyxl.load_workbook(workbook)
    sheet = book.active
    header = next(row for row in sheet.iter_rows() if any(cell.value == "工号" for cell in row))[
        0
    ].row
    for number, (title, value) in enumerate(
        {"联系电话": PHONE, "身份证号": IDENTITY}.items(), sheet.max_column + 1
    ):
        sheet.cell(header, number, title)
        for row in range(header + 1, sheet.max_row + 1):
            sheet.cell(row, number, value)
    book.save(workbook)

    check = ssj(project, "check", "sample60")
    assert check.returncode == 0
    assert (
        "officers.xlsx 的“联系电话”“身份证号”列含个人信息，读取时已略去，不进入档案。"
        in check.stdout
    )
    answer = ssj(project, "run", "sample60")
    assert answer.returncode == 0, answer.stderr

    files = [p for p in (project / "outputs").rglob("*") if p.is_file()]
    assert [
        str(p) for p in files if PHONE.encode() in contents(p) or IDENTITY.encode() in contents(p)
    ] == []
    data = project / "outputs" / "sample60" / ROSTERS / "data"
    stage = json.loads((data / "in" / "stage.json").read_text(encoding="utf-8"))
    said = {entry["file"]: (entry["redacted"], entry["dropped"]) for entry in stage["inputs"]}
    assert said.pop("officers.xlsx") == (True, ["联系电话", "身份证号"])
    assert set(map(str, said.values())) == {"(False, [])"}
    assert "联系电话、身份证号" in (data / "auditor.html").read_text(encoding="utf-8")
    assert ssj(project, "audit", "outputs/sample60", "--fast").returncode == 0
