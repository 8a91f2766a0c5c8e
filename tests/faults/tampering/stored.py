"""What befalls files that lie about: a byte that rots, an editor that saves, a folder that is
synchronised; and somebody without tools who adds, removes, swaps.
"""

from __future__ import annotations

import os
import shutil
import socket
import unicodedata
from contextlib import chdir
from pathlib import Path

import bagit
import openpyxl

from ssj.casebook import archive, bags
from ssj.papers import receipts

from .tools import (
    AMEND,
    DRAW,
    DRAW_1,
    DRAW_2,
    FREEZE,
    FREEZE_2,
    PAPERS,
    PLAN,
    PLATFORM,
    RESULTS,
    REVIEW,
    ROSTERS,
    VOID,
    Copy,
    Tampering,
    added,
    changed,
    flipped,
    linked,
    removed,
    swapped,
)

RECORD = "data/out/draw.json"
DIFFERENT, MISSING, EXTRA = "{} 的内容与登记的不符", "{} 不见了", "{} 是多出来的"


def different(name: str, at: str, file: str, do=None) -> Tampering:
    only_ends = "line ends" in name or "byte-order" in name
    said = "只差换行符" if only_ends else DIFFERENT.format(file)
    return Tampering(name, at, "V2", do or flipped(file), said)


def crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def saved_again(copy: Copy, bag: Path) -> None:
    path = bag / "data" / "in" / "targets.xlsx"
    openpyxl.load_workbook(path).save(path)


def stage_in_place(copy: Copy, bag: Path) -> None:
    """A copy of the draw beside the stages."""
    shutil.copytree(copy.bag(DRAW), bag)


def fifo(file: str):
    def do(copy: Copy, bag: Path) -> None:
        (bag / file).unlink(missing_ok=True)
        os.mkfifo(bag / file)

    return do


def elsewhere(copy: Copy, bag: Path) -> None:
    """A round that lies in another archive, with a ledger of its own beside it."""
    shutil.copytree(copy.outputs, copy.project / "other")
    shutil.rmtree(bag.parent)
    bag.parent.symlink_to(copy.project / "other" / bag.parent.name)


def listening(copy: Copy, bag: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made, chdir(bag / "data" / "out"):
        made.bind("s")


def rebuilt(copy: Copy, bag: Path) -> None:
    """A page edited and the bag sealed again by its own library; the ledger stays."""
    page = bag / "data" / "public.html"
    page.write_text(page.read_text(encoding="utf-8") + "<!-- -->", encoding="utf-8")
    bagit.Bag(str(bag)).save(manifests=True)


def gone(*names: str):
    def do(copy: Copy, bag: Path) -> None:
        for name in names:
            shutil.rmtree(copy.outputs / name)

    return do


BYTES = [
    different("a byte of the draw record rots", DRAW, RECORD),
    different("a byte of a voided draw's record rots", DRAW_1, RECORD),
    different("a byte of a roster rots", ROSTERS, "data/in/targets.xlsx"),
    different("a byte of an executed notebook rots", FREEZE, "data/notebook.ipynb"),
    different("a byte of the public page rots", DRAW, "data/public.html"),
    different("a byte of the auditor's page rots", AMEND, "data/auditor.html"),
    different("a byte of the archived verifier rots", DRAW, "data/protocol.py"),
    different("a byte of the archived lock rots", DRAW, "data/requirements.lock"),
    different("a byte of stage.json rots", FREEZE, "data/in/stage.json"),
    different("a byte of the event's file rots", DRAW, "data/in/entropy.toml"),
    different("a byte of the results rots", RESULTS, "data/out/results.json"),
    different("a byte of the list of papers rots", PAPERS, "data/out/papers.json"),
    different("a byte of the reconciliation rots", PLATFORM, "data/out/platform.json"),
    different("a byte of a void rots", VOID, "data/out/void.json"),
    different("a byte of the year's plan rots", PLAN, "data/out/plan.json"),
    different("a byte of the review rots", REVIEW, "data/out/review.json"),
    different("a byte of the payload manifest rots", DRAW, "manifest-sha256.txt"),
    different("a byte of the tag manifest rots", DRAW, "tagmanifest-sha256.txt"),
    different("a byte of bag-info.txt rots", DRAW, "bag-info.txt"),
    different("a byte of bagit.txt rots", DRAW, "bagit.txt"),
    different("a record emptied", DRAW, RECORD, changed(RECORD, lambda d: b"")),
    different("a record's last byte cut off", DRAW, RECORD, changed(RECORD, lambda d: d[:-1])),
    different("a line end put after a record", DRAW, RECORD, changed(RECORD, lambda d: d + b"\n")),
    different("a record filled with zeros", DRAW, RECORD, changed(RECORD, lambda d: bytes(len(d)))),
    different(
        "a record indented by an editor",
        DRAW,
        RECORD,
        changed(RECORD, lambda d: d.replace(b',"', b',\n"')),
    ),
    different(
        "round.toml's line ends made those of Windows",
        FREEZE,
        "data/out/round.toml",
        changed("data/out/round.toml", crlf),
    ),
    different(
        "a byte-order mark put before round.toml",
        FREEZE,
        "data/out/round.toml",
        changed("data/out/round.toml", lambda d: b"\xef\xbb\xbf" + d),
    ),
    different(
        "a record saved in another encoding",
        DRAW,
        RECORD,
        changed(RECORD, lambda d: d.decode().encode("gb18030")),
    ),
    different(
        "a page's text in another Unicode form",
        DRAW,
        "data/public.html",
        changed(
            "data/public.html", lambda d: unicodedata.normalize("NFKD", d.decode()).encode()
        ),
    ),
    different(
        "a manifest's line ends made those of Windows",
        DRAW,
        "manifest-sha256.txt",
        changed("manifest-sha256.txt", crlf),
    ),
    different("a roster opened in Excel and saved", ROSTERS, "data/in/targets.xlsx", saved_again),
    Tampering("a page edited, the bag sealed again", FREEZE, "V2", rebuilt,
              DIFFERENT.format(bags.MANIFESTS[0])),
]  # fmt: skip


def extra(name: str, at: str, file: str) -> Tampering:
    return Tampering(name, at, "V2", added(file), EXTRA.format(file))


ADDED = [
    extra("a file beside the manifests", FREEZE, "extra.txt"),
    extra("a hidden file", DRAW, ".hidden"),
    extra("another payload manifest", DRAW, "manifest-md5.txt"),
    extra("another tag manifest", FREEZE, "tagmanifest-md5.txt"),
    extra("a list of files to fetch", FREEZE, "fetch.txt"),
    extra("a page in data", DRAW, "data/extra.html"),
    extra("a table in data/in", ROSTERS, "data/in/items.csv"),
    extra("a copy as file managers name it", DRAW, "data/out/draw (2).json"),
    extra("a file deep in data/out", DRAW, "data/out/more/draw.json"),
    extra("a hidden file in data/out", FREEZE, "data/out/.freeze.json"),
    extra("a file named in Chinese", DRAW, "data/新名单.xlsx"),
    extra("an editor's backup", FREEZE, "data/in/round.toml.bak"),
    extra("a compiled module beside the verifier", DRAW, "data/__pycache__/protocol.pyc"),
    Tampering("a file beside the bags", DRAW, "V2", added("../名单.xlsx"), "名单.xlsx 是多出来的"),
    Tampering("a hidden file beside the bags", DRAW, "V2", added("../.extra"), ".extra 是多出来的"),
    Tampering("a folder beside the bags", DRAW, "V2", added("../旧/a.txt"), "旧 是多出来的"),
    Tampering("an empty stage folder", "next60/04-draw", "V1", lambda copy, bag: bag.mkdir(),
              "04-draw 没有登记"),
    Tampering("a copy of the draw as one more", "next60/04-draw", "V1", stage_in_place,
              "04-draw 没有登记"),
    Tampering("a copy of the draw as an unknown kind", "next60/04-extra", "V1", stage_in_place,
              "04-extra 没有登记"),
    Tampering("a copy of the draw before all others", "next60/00-freeze", "V1", stage_in_place,
              "00-freeze 没有登记"),
    Tampering("a socket among the results", DRAW, "V2", listening, "data/out/s"),
    Tampering("a pipe among the results", DRAW, "V2", fifo("data/out/p"), "data/out/p"),
]  # fmt: skip

REMOVED = [
    Tampering("an input removed", ROSTERS, "V2", removed("data/in/targets.xlsx"),
              MISSING.format("data/in/targets.xlsx")),
    Tampering("a record removed", DRAW, "V2", removed(RECORD), MISSING.format(RECORD)),
    Tampering("a notebook removed", FREEZE, "V2", removed("data/notebook.ipynb"),
              MISSING.format("data/notebook.ipynb")),
    Tampering("a page removed", DRAW, "V2", removed("data/public.html"),
              MISSING.format("data/public.html")),
    Tampering("the payload manifest removed", DRAW, "V2", removed("manifest-sha256.txt"),
              MISSING.format("manifest-sha256.txt")),
    Tampering("the tag manifest removed", DRAW, "V2", removed("tagmanifest-sha256.txt"),
              MISSING.format("tagmanifest-sha256.txt")),
    Tampering("bagit.txt removed", FREEZE, "V2", removed("bagit.txt"),
              MISSING.format("bagit.txt")),
    Tampering("data/in removed", DRAW, "V2", removed("data/in"), "03-draw："),
    Tampering("data/out removed", DRAW, "V2", removed("data/out"), "03-draw："),
    Tampering("all of data removed", DRAW, "V2", removed("data"), "03-draw："),
    Tampering("a bag removed", FREEZE, "V2", removed(""), "02-freeze：档案包不见了"),
    Tampering("the last bag removed", DRAW, "V2", removed(""), "03-draw：档案包不见了"),
    Tampering("a voided draw's bag removed", DRAW_1, "V2", removed(""), "03-draw：档案包不见了"),
    Tampering("the earlier round's archive removed", FREEZE, "V3", gone("sample60"),
              "较早批次 sample60 的档案不在这里", unchecked=True),
    Tampering("the year's archive removed", FREEZE, "V3", gone("2021"),
              "较早批次 2021 的档案不在这里", unchecked=True),
]  # fmt: skip

SWAPPED = [
    Tampering("a record called by capitals", DRAW, "V2",
              lambda copy, bag: (bag / RECORD).rename(bag / "data/out/Draw.json"),
              MISSING.format(RECORD)),
    *(
        Tampering(f"two stages' {name} swapped", DRAW, "V2",
                  swapped(f"data/{name}", f"{FREEZE}/data/{name}"),
                  DIFFERENT.format(f"data/{name}"))
        for name in ("notebook.ipynb", "public.html", "in/stage.json")
    ),
    Tampering("the draw's freeze exchanged with the record", DRAW, "V2",
              swapped("data/in/freeze.json", f"{DRAW}/{RECORD}"), DIFFERENT.format(RECORD)),
    Tampering("two bags swapped", DRAW, "V2", swapped("", FREEZE),
              DIFFERENT.format(bags.MANIFESTS[0])),
    Tampering("two rounds' freezes swapped", FREEZE, "V2", swapped("", FREEZE_2),
              DIFFERENT.format(bags.MANIFESTS[0])),
    Tampering("a link in place of a record", DRAW, "V2", linked(RECORD), "03-draw："),
    Tampering("a link in place of data/out", DRAW, "V2", linked("data/out"), "03-draw："),
    Tampering("a link in place of data", DRAW, "V2", linked("data"), "03-draw："),
    Tampering("a link in place of a bag", DRAW, "V2", linked(""), "03-draw"),
    Tampering("a pipe in place of a record", DRAW, "V2", fifo(RECORD), RECORD),
    Tampering("a pipe in place of stage.json", DRAW, "V2", fifo("data/in/stage.json"),
              "data/in/stage.json"),
    Tampering("a pipe in place of a record that a later stage rests on", FREEZE, "V2",
              fifo("data/out/freeze.json"), "data/out/freeze.json"),
    Tampering("a pipe in place of the papers that the results take", PAPERS, "V2",
              fifo("data/out/papers.json"), "data/out/papers.json"),
    Tampering("a link to another archive in place of a round", DRAW, "V2", elsewhere, "是链接"),
]  # fmt: skip


def working_copy(name: str):
    def do(copy: Copy, bag: Path) -> None:
        path = bag.parent / "files" / name
        path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")

    return do


def receipt(attempt: str, suffix: str, change=lambda data: data):
    """A receipt of a drawn firm, changed, where those of an attempt lie."""

    def do(copy: Copy, bag: Path) -> None:
        folder = bag.parent / "files" / f"一户核验单{attempt}"
        record = archive.read_record(bag / RECORD)
        folder.mkdir()
        for path in receipts.write(record, [record["visits"][0]["id"]], folder, lambda _: None):
            if path.suffix == f".{suffix}":
                path.write_bytes(change(path.read_bytes()))
            else:
                path.unlink()

    return do


COPIES = [
    Tampering("the notice for publication edited", FREEZE, "V10", working_copy("封库公告.html"),
              "封库公告.html"),
    Tampering("the public record for the website edited", "sample60/07-draw", "V10",
              working_copy("公开记录（第2次）.json"), "公开记录（第2次）.json"),
    Tampering("the page of a void edited, the next attempt long begun", VOID, "V10",
              working_copy("作废公告.html"), "作废公告.html"),
    Tampering("a page called like one of a later attempt", FREEZE, "V10",
              added("../files/抽取结果公告（第2次）.html", b"x"), "抽取结果公告（第2次）.html"),
    Tampering("a public record called as a copy", FREEZE, "V10",
              added("../files/公开记录 - 副本.json", b"{}"), "公开记录 - 副本.json"),
    *(
        Tampering(f"a page called {where}", DRAW, "V10", added(f"../files/{name}"),
                  name.strip(" \u200b"))
        for where, name in (
            ("with a blank before its name", " 抽取结果公告.html"),
            ("with what can't be seen before its name", "\u200b抽取结果公告.html"),
            ("with a remark before its name", "（更正）抽取结果公告.html"),
            ("with blanks between its words", "抽取 结果 公告.html"),
            ("with another ending", "抽取结果公告.xhtml"),
            ("without an ending", "抽取结果公告"),
            ("alike in a folder", "公示/抽取结果公告.html"),
        )
    ),
    Tampering("a link in place of the working copies", DRAW, "V10", linked("../files"),
              "files 是链接"),
    Tampering("the verifier page replaced", FREEZE, "V10", working_copy("核验.html"), "核验.html"),
    Tampering("the page of the codes of visits replaced", DRAW_2, "V10",
              working_copy("检查码核验（第2次）.html"), "检查码核验（第2次）.html"),
    Tampering("a receipt that says a drawn firm was not drawn", DRAW_2, "V10",
              receipt("（第2次）", "json", lambda d: d.replace(b'"drawn":true', b'"drawn":false')),
              "不是按抽取记录出具的"),
    Tampering("a receipt's page with a sentence more", DRAW_2, "V10",
              receipt("（第2次）", "html", lambda d: d.replace(b"</body>", b"<p>x</p></body>")),
              "不是按抽取记录出具的"),
    Tampering("a receipt of the valid draw among those of the voided one", DRAW_2, "V10",
              receipt("", "json"), "不是按抽取记录出具的"),
    Tampering("a receipt of a firm that is in no roster", DRAW, "V10",
              added("../files/一户核验单/核验公司_核验单_X.json"), "不是按抽取记录出具的"),
    Tampering("a receipt of a firm that is in no roster, in another folder", DRAW, "V10",
              added("../files/交给企业/样例公司_核验单_X.html"), "不是按抽取记录出具的"),
    Tampering("the archives' README made to name another program", FREEZE, "V10",
              added("../../README.md", b"python evil.py"), "README.md 不是 ssj 写的"),
    Tampering("a link in place of the archives' README", FREEZE, "V10",
              linked("../../README.md"), "README.md 是链接"),
    Tampering("the program kept with the archives exchanged", FREEZE, "V8",
              lambda copy, bag: [path.write_bytes(b"x") for path in
                                 (copy.outputs / ".programs").iterdir()], "与校验码不符"),
]  # fmt: skip

_JUNK = "known junk of systems and of Excel, told apart in the report"
HARMLESS = [
    Tampering(f"{name} appears", DRAW, "", added(name), harmless=_JUNK)
    for name in ("Thumbs.db", "data/.DS_Store", "data/in/~$x.xlsx", "data/out/desktop.ini",
                 "../.DS_Store", "data/out/~$draw.xlsx")
] + [
    Tampering("an empty folder appears in a bag", DRAW, "",
              lambda copy, bag: (bag / "data" / "out" / "x").mkdir(),
              harmless="it holds nothing, and no manifest lists folders"),
    Tampering("working copies removed", DRAW, "", removed("../files"),
              harmless="they are made again from the bags"),
    Tampering("the archives' README saved with the line ends of Windows", DRAW, "",
              changed("../../README.md", lambda data: data.replace(b"\n", b"\r\n")),
              harmless="an editor's or git's marks, the same content"),
    Tampering("a page kept in a folder of what was published", DRAW_2, "",
              lambda copy, bag: added("../files/p/抽取结果公告.html",
                                      (bag / "data/public.html").read_bytes())(copy, bag),
              harmless="it is as a bag has it"),
    Tampering("a receipt as it was handed out", DRAW_2, "", receipt("（第2次）", "json"),
              harmless="it is as the draw gives it"),
    Tampering("a receipt's page as it was handed out", DRAW_2, "", receipt("（第2次）", "html"),
              harmless="it is as the draw gives it"),
]  # fmt: skip
