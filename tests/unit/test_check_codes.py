"""The code (检查码) on a firm's notice: printed, photographed, held against what was published."""

from __future__ import annotations

import contextlib
import copy
import io
import itertools
import shutil
import subprocess
from pathlib import Path

import pytest
from unit.test_files import record  # noqa: F401 (a fixture)
from unit.test_papers import paper, write

from ssj import protocol
from ssj.draw import checkcodes, disclosure
from ssj.papers import pictures

zxingcpp = pytest.importorskip("zxingcpp")
Image = pytest.importorskip("PIL.Image")
PAGE = "https://zj.example.gov.cn/ssj/核验.html"


def photographed(notice: Path, folder: Path, dots: int = 150, turned: float = 0) -> list[str]:
    """What a phone reads from the printed notice: Word → PDF → picture → decoded."""
    office = shutil.which("soffice")
    if office is None or shutil.which("pdftoppm") is None:
        pytest.skip("LibreOffice or pdftoppm is not installed: nothing can be printed here")
    home = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    shutil.copyfile(notice, folder / "notice.docx")
    command = [office, home, "--headless", "--convert-to", "pdf", "notice.docx"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    command = ["pdftoppm", "-r", str(dots), "-png", "notice.pdf", "page"]
    subprocess.run(command, cwd=folder, check=True, timeout=120)
    shown = [Image.open(path).convert("L") for path in sorted(folder.glob("page*.png"))]
    turned_pages = [page.rotate(turned, expand=True, fillcolor=255) for page in shown]
    return [code.text for page in turned_pages for code in zxingcpp.read_barcodes(page)]


def amended(record):  # noqa: F811
    """The record after the replacement of the first officer for whom somebody else can go."""
    for seat in record["officers"]["taken"]:
        said = {"officer": seat["officer"], "visits": [seat["visit"]], "all": False}
        with contextlib.suppress(protocol.Infeasible):
            made = protocol.replace(record, *said.values())
            said |= {"reason": "样例", "date": "2021-12-01"}
            return {**record, "amendments": [{**said, **made}]}, seat["visit"]
    raise AssertionError("nobody can be replaced")


def test_a_printed_notice_is_read_and_verified(record, tmp_path):  # noqa: F811
    write(record, tmp_path)
    (text,) = photographed(paper(tmp_path, "行政检查通知书"), tmp_path, dots=120, turned=7)
    assert text in checkcodes.codes(record).values()
    assert protocol.check_state(text, [disclosure.published(record)]) == "current"


def test_with_an_address_the_code_is_its_fragment(record, tmp_path):  # noqa: F811
    own = copy.deepcopy(record)
    own["parameters"]["check_page"] = PAGE
    write(own, tmp_path)
    (text,) = photographed(paper(tmp_path, "行政检查通知书"), tmp_path)
    page, _, code = text.partition("#")
    assert page == PAGE
    assert protocol.check_state(code, [disclosure.published(record)]) == "current"


def test_a_notice_that_is_printed_again_after_an_amendment(record):  # noqa: F811
    later, visit = amended(record)
    before, after = checkcodes.codes(record), checkcodes.codes(later)
    assert [v for v in before if before[v] != after[v]] == [visit]
    public = disclosure.published(later)
    assert protocol.check_state(before[visit], [public]) == "replaced"
    assert protocol.check_state(after[visit], [public]) == "current"
    assert protocol.check_state(after[visit], [disclosure.published(record)]) == "unknown"


def test_a_public_record_of_before_there_were_codes_still_holds(record):  # noqa: F811
    shown = disclosure.published(record)
    assert disclosure.unlike(record, shown) == ""
    old = {key: value for key, value in shown.items() if key != "checks"}
    assert disclosure.unlike(record, old) == ""
    assert all(step.holds is not False for step in protocol.examine(old))
    assert "unnamed_visits" in disclosure.unlike(record, {**old, "unnamed_visits": 9})
    code = min(checkcodes.codes(record).values())
    assert protocol.check_state(code, [old]) == "unknown"


def test_codes_say_nothing_of_another_firm_and_nothing_internal(record):  # noqa: F811
    ids = {target["id"] for target in record["tables"]["targets"]}
    for visit, code in checkcodes.codes(record).items():
        check = protocol.read_check(code)
        said = protocol.canonical(check._asdict()).decode()
        assert check.visit == visit and not [i for i in ids - {visit} if f'"{i}"' in said]
        assert record["salt"] not in said and check.salt not in record["salt"]


def test_a_place_does_not_tell_the_order_of_ids(record):  # noqa: F811
    """Else a firm could count the unnamed ones before it."""
    own = {**record, "visits": [{"id": f"S{n:03}", "items": []} for n in range(40)]}
    own |= {place: {"taken": []} for place in ("officers", "experts")}
    places = [
        protocol.read_check(code).position for _, code in sorted(checkcodes.codes(own).items())
    ]
    assert sorted(places) == list(range(40)) and places != sorted(places)
    rising = sum(a < b for a, b in itertools.pairwise(places))
    assert 8 < rising < 32


@pytest.mark.parametrize(("visits", "largest"), [(100, 21), (10_000, 25)])
def test_the_code_of_a_large_round_can_be_scanned(visits, largest):
    """Three items, two departments, an address: the modules stay near half a millimetre."""
    levels = (visits - 1).bit_length()
    check = protocol.Check(
        round="2026Q4",
        attempt=1,
        amendment=0,
        position=visits - 1,
        visit="91330100MA2XXXXX1X",
        items=["ZJ-01", "ZJ-02", "XF-01"],
        officers=["33010200123", "33010200456", "33010300789", "33010300012"],
        experts=["P-0001"],
        start="2026-10-08",
        end="2026-12-25",
        salt="5a" * 16,
        proof=[protocol.sha256(str(n)) for n in range(levels)],
    )
    text = f"{PAGE}#{checkcodes.written(check)}"
    drawn = Image.open(io.BytesIO(pictures.qr(text)))
    modules = drawn.width // 6 - 8
    assert (modules - 17) // 4 <= largest
    assert pictures.SIDE / (modules + 8) > 0.4
    assert [found.text for found in zxingcpp.read_barcodes(drawn)] == [text]
