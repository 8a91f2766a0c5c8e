"""Working copies of a results stage for publication: 平台录入表.xlsx, the article for the bureau's
site, and, made anew each day, 公示进度.xlsx.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

from ssj.base import files, formats, params, workdays
from ssj.base.errors import InputError, RefusedError
from ssj.casebook import archive
from ssj.casebook.kind import Shelf
from ssj.protocol import Record
from ssj.results import publication
from ssj.site import article, copies
from ssj.tables import writing

PLATFORM, PROGRESS = "平台录入表.xlsx", "公示进度.xlsx"


def lists(shelf: Shelf, data: Path, number: int, named: bool) -> None:
    """Put the copies of the ``number``-th results stage, whose archived files are in ``data``, onto
    the shelf; ``named``: firms may be named in public.
    """
    results = archive.read_record(data / "out" / archive.record_name("results"))

    def name(copy: str) -> str:
        return files.file_name(copy, results["attempt"], given=number)

    def platform(path: Path) -> None:
        earlier = archive.read_record(data / "in" / "earlier.json")
        sheets = publication.platform_sheets(_drawn(data), results, earlier)
        writing.write_workbook(path, sheets)

    shelf.put(name(PLATFORM), platform)
    if named:
        view = archive.read_record(data / "out" / "published.json")
        content = article.content(view, results, attachments(results, number))
        shelf.page(name(f"{article.NAME}.html"), article.html(content).encode("utf-8"))
        shelf.page(name(f"{article.NAME}.txt"), article.text(content).encode("utf-8"))


def clear(folder: Path, attempt: int, number: int) -> None:
    """Take away the public pages of results stages before the ``number``-th: what was corrected or
    withdrawn since must not go onto a site again. One that is open elsewhere stays until the next
    time.
    """
    page = copies.RESULTS_PAGE
    for name in (f"{page}.html", f"{page}.json", f"{article.NAME}.html", f"{article.NAME}.txt"):
        for given in range(1, number):
            with suppress(OSError):
                (folder / files.file_name(name, attempt, given=given)).unlink(missing_ok=True)


def attachments(results: Record, number: int) -> list[tuple[str, str]]:
    """The files that belong to the article, and what each is."""
    attempt, page = results["attempt"], copies.RESULTS_PAGE
    return [
        (
            files.file_name(f"{page}.html", attempt, given=number),
            "公示页，可在手机上看，也可以打印",
        ),
        (files.file_name(f"{page}.json", attempt, given=number), "公示内容的数据"),
        (files.file_name(copies.PUBLIC_RECORD, attempt), "抽取的公开记录"),
        (copies.VERIFIER, "核验页，不联网也能用"),
    ]


def progress(data: Path, folder: Path, today: date) -> list[Path]:
    """Make 公示进度.xlsx of the last results stage, unless it is of today and of that stage; an old
    one that is open elsewhere stays.

    A year whose holidays nobody knows yet leaves it as it was at the stage.
    """
    results = archive.read_record(data / "out" / archive.record_name("results"))
    path = folder / files.file_name(PROGRESS, results["attempt"])
    made_at = (
        datetime.fromtimestamp(path.stat().st_mtime, formats.BEIJING) if path.exists() else None
    )
    at = datetime.fromisoformat(results["time"])
    if made_at and made_at.date() >= today and made_at >= at:
        return []
    drawn, is_workday = _drawn(data), workdays.read_calendar(data / "in" / "calendar.toml")
    try:
        sheets = publication.progress_sheets(drawn, results, max(today, at.date()), is_workday)
    except InputError:
        sheets = publication.progress_sheets(drawn, results, at.date(), is_workday)
    with suppress(*([RefusedError] if made_at else [])):
        writing.write_workbook(path, sheets)
        return [path]
    return []


def _drawn(data: Path) -> Record:
    """The draw record that a results stage took in."""
    return params.read_given(data / "in")
