"""V1 and V2 of an archive, written from docs/ARCHIVE.md alone: nothing of the program but its
strict reading of JSON and of a ledger (PROTOCOL §1, §9), which other verifiers hold.

``steps(outputs, round)`` gives what does not hold of each step; where this says another thing than
``ssj audit``, text or program is wrong.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import stat
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from ssj import protocol

Found = list[str]
JUNK = re.compile(r"thumbs\.db|desktop\.ini|\.ds_store|~\$.*|\._.*", re.IGNORECASE)
ROUND = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,30}")
STAGE = re.compile(r"[0-9]{2,3}-[a-z]+")
HASH = re.compile(r"[0-9a-f]{64}")
ENDS = "\n\v\f\r\x1c-\x1e\x85\u2028\u2029"  # what ends a line for Unicode
LINE = re.compile(rf"[0-9a-f]{{64}} {{1,2}}(\S(?:[^{ENDS}]*\S)?)")
MANIFEST, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
LARGEST, LARGEST_MANIFEST = 2**29, 2**24
BEGINNING = b'{"attempt":'  # of every line

# --- §A3 ---

OF_A_ROUND = ("rosters", "freeze", "draw", "papers", "platform", "results", "amend", "void")
OF_A_YEAR = ("plan", "review")
RESTS_ON = {
    "freeze": ("rosters",),
    "draw": ("freeze",),
    **dict.fromkeys(("papers", "platform", "results", "amend"), ("draw", "amend")),
    "void": ("freeze", "draw", "amend"),
}


def kind_of(stage: str) -> str:
    return stage.partition("-")[2]


def attempt_of(before: list[Any], kind: str) -> int:
    """The attempt to which an entry belongs that comes after these."""
    if kind in OF_A_YEAR:
        return sum(kind_of(e["stage"]) == kind for e in before) + 1
    if not before:
        return 1
    return before[-1]["attempt"] + (kind_of(before[-1]["stage"]) == "void")


def may_come(before: list[Any], kind: str) -> bool:
    if kind in OF_A_YEAR:
        return any(kind_of(e["stage"]) == "plan" for e in before) or (kind == "plan" and not before)
    attempt = attempt_of(before, kind)
    there = {kind_of(e["stage"]) for e in before if e["attempt"] == attempt}
    return {
        "rosters": "freeze" not in there,
        "freeze": "rosters" in there and "freeze" not in there,
        "draw": "freeze" in there and "draw" not in there,
        "void": "freeze" in there,
    }.get(kind, "draw" in there)


def misplaced(entries: list[Any]) -> Found:
    of_year = any(kind_of(e["stage"]) in OF_A_YEAR for e in entries)
    known = OF_A_YEAR if of_year else OF_A_ROUND
    found = []
    for number, entry in enumerate(entries, 1):
        before, kind = entries[: number - 1], kind_of(entry["stage"])
        sound = kind in known and entry["stage"] == f"{number:02}-{kind}"
        if not (sound and may_come(before, kind) and entry["attempt"] == attempt_of(before, kind)):
            found.append(f"{entry['stage']} is out of place")
    return found


# --- §A2 ---


def is_time(value: Any) -> bool:
    form = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+08:00"
    if not isinstance(value, str) or not re.fullmatch(form, value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def text(pattern: str) -> Any:
    return lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value))


CHAINED = dict.fromkeys(("n", "previous", "hash"), lambda _: True)
FIELDS = {
    **CHAINED,
    "time": is_time,
    "round": text(ROUND.pattern),
    "attempt": lambda value: type(value) is int and value >= 1,
    "stage": text(STAGE.pattern),
    "bag": text(HASH.pattern),
}
FIELDS_ASIDE = {
    **FIELDS,
    "round": text(f"(?:{ROUND.pattern})?"),
    "attempt": lambda value: type(value) is int and value == 0,
    "stage": lambda value: value == "aside",
    "name": text(rf"{STAGE.pattern}|ledger\.jsonl"),
    "place": text(r"\.aside/[0-9A-Za-z-]+"),
}


def regular(path: Path) -> bool:
    info = path.lstat()
    plain = stat.S_ISREG(info.st_mode) and info.st_size <= LARGEST
    return plain or stat.S_ISDIR(info.st_mode)


def read_ledger(outputs: Path) -> tuple[list[Any], Found]:
    """The lines, and what is wrong with the ledger."""
    path = outputs / "ledger.jsonl"
    if not (regular(path) and path.is_file()):
        return [], ["the ledger is no regular file"]
    data, wrong = path.read_bytes(), []
    head, _, tail = data.rpartition(b"\n")
    start = tail.rstrip(b"\0")
    begins = start.startswith(BEGINNING) or BEGINNING.startswith(start)
    if tail and begins and b"}" not in start and len(tail) <= 1000:
        data, wrong = head + b"\n" * bool(head), ["a torn line"]
    try:
        lines = protocol.read_ledger(data.decode("utf-8"))
    except (UnicodeDecodeError, protocol.ProtocolError) as error:
        return [], [str(error)]
    for line in lines:
        fields = FIELDS_ASIDE if line.get("stage") == "aside" else FIELDS
        if line.keys() != fields.keys() or not all(f(line[k]) for k, f in fields.items()):
            return [], [f"line {line['n']} is no line of the program"]
    times = [datetime.fromisoformat(line["time"]) for line in lines]
    names = {line["round"] for line in lines if "round" in line}
    back = ["rounds alike"] * (len({n.lower() for n in names}) < len(names))
    back += [f"line {n} goes back" for n, (a, b) in enumerate(pairwise(times), 2) if b < a]
    return lines, wrong + back


# --- §A4, §A5 ---

EVERY = {
    "in/stage.json",
    *("notebook.ipynb", "auditor.html", "public.html", "protocol.py", "requirements.lock"),
}
PAST = {"previous.json", "calendar.toml"}
MAPPING = {"mapping.toml", "results-mapping.toml"}
ITS_RECORD = {None}
# kind → out/, in/ always, in/ where there is one, in/ repeated, tables by the key of their accounts
SUFFIXES = "(?i:xlsx|xls|csv|parquet|xlsm|xlsb|ods|et)"


def tables(*names: str) -> str:
    return rf"(?:{'|'.join(names)})(?:-[0-9]{{2,}})?\.{SUFFIXES}"


P = r"round\.(?:toml|xlsx)|(?:(?:items|targets|officers)-)?mapping\.toml|" + tables(
    "items", "targets", "officers", "plan", "recognised", "exceptions"
)
REVIEWED = (
    r"[0-9A-Za-z-]+-(?:draw|chances|lists|results)\.json|calendar\.toml|(?:results-)?mapping\.toml"
)
KINDS: dict[str, tuple[Any, ...]] = {
    "rosters": (
        {"rosters.json", "round.toml"},
        {"history.json"},
        PAST,
        set(),
        {"inputs": P, "outside": tables("outside")},
    ),
    "freeze": (
        {"freeze.json", "notice.json", "chances.json", "round.toml"},
        {"history.json", "year.json"},
        PAST,
        {"rosters.json", "round.toml"},
        {},
    ),
    "draw": (
        {"draw.json", "public.json"},
        {"entropy.toml", "voided.json"},
        MAPPING,
        {"freeze.json", "notice.json", "chances.json", "round.toml"},
        {"source": tables("external")},
    ),
    "papers": ({"papers.json"}, {"scans.json", "earlier.json"}, set(), ITS_RECORD, {}),
    "platform": ({"platform.json"}, set(), MAPPING, ITS_RECORD, {"source": tables("platform")}),
    "results": (
        {"results.json", "published.json"},
        {"earlier.json", "evidence.json", "known.json"},
        {"papers.json", "calendar.toml"} | MAPPING,
        ITS_RECORD,
        {"sources": tables("results", "followup", "corrections", "objections", "postings")},
    ),
    "amend": ({"amend.json", "public.json"}, set(), set(), ITS_RECORD, {}),
    "void": ({"void.json"}, set(), {"entropy.toml"}, ITS_RECORD, {}),
    "plan": (
        {"plan.json"},
        {"previous.json"},
        {"calendar.toml"},
        set(),
        {"inputs": rf"year\.(?:toml|xlsx)|{P}"},
    ),
    "review": (
        {"review.json"},
        {"plan.json", "ledger.json"},
        REVIEWED,
        set(),
        {"inputs": tables("indicators", "other_inspections")},
    ),
}


def lines_of(path: Path) -> list[str]:
    if path.stat().st_size > LARGEST_MANIFEST:
        return []
    data = path.read_bytes().decode("utf-8-sig", errors="replace")
    return [line for line in re.split("\r?\n", data) if line]


def listed(bag: Path, name: str, found: Found) -> dict[str, str]:
    """What a manifest lists: path → hash."""
    names: dict[str, str] = {}
    for line in lines_of(bag / name):
        if not (match := LINE.fullmatch(line)):
            found.append(f"{name}: no line of a manifest")
            continue
        if match[1] in names or match[1].startswith("data/") != (name == MANIFEST):
            found.append(f"{name}: {match[1]} twice, or of the other manifest")
        names[match[1]] = line[:64]
    return names


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def contents(bag: Path, found: Found) -> dict[str, Path]:
    """Everything in a bag that is no folder, by path, without following links."""
    files: dict[str, Path] = {}
    for place, folders, names in os.walk(bag):
        home = Path(place)
        links = [n for n in folders if (home / n).is_symlink()]
        for name in [*names, *links]:
            path = home / name
            files[path.relative_to(bag).as_posix()] = path
            if name in links or not regular(path):
                found.append(f"{name} is not regular")
    return files


def sealed(bag: Path, expected: str | None, found: Found) -> None:
    """Point 3 of V2: the bag as such."""
    if bag.is_symlink() or not bag.is_dir():
        found.append("no bag")
        return
    files = contents(bag, found)
    if found:
        return
    own: dict[str, str] = {}
    if TAGS in files:
        if expected is not None and digest(bag / TAGS) != expected:
            found.append("another tag manifest")
        own |= listed(bag, TAGS, found)
    if MANIFEST in files:
        own |= listed(bag, MANIFEST, found)
    for name, value in own.items():
        if name not in files or digest(files[name]) != value:
            found.append(f"{name} is missing or changed")
    for name in files.keys() - own.keys() - {TAGS}:
        if not JUNK.fullmatch(name.rsplit("/", 1)[-1]):
            found.append(f"{name} is listed nowhere")
    if TAGS not in files or {MANIFEST, "bagit.txt", "bag-info.txt"} != {
        name for name in own if not name.startswith("data/")
    }:
        found.append("other tag files")
    if not all((bag / "data" / part).is_dir() for part in ("in", "out")):
        found.append("no in/ or out/")
    if found:
        return


def labelled(bag: Path, time: str, found: Found) -> None:
    sizes = [(bag / name).stat().st_size for name in listed(bag, MANIFEST, [])]
    wanted = {
        "External-Identifier": f"{bag.parent.name}/{bag.name}",
        "Bagging-Date": time[:10],
        "Bag-Software-Agent": "ssj",
        "Payload-Oxum": f"{sum(sizes)}.{len(sizes)}",
    }
    form = "BagIt-Version: [0-9]\\.[0-9]+\nTag-File-Character-Encoding: UTF-8\n"
    if not re.fullmatch(
        form, (bag / "bagit.txt").read_bytes().decode("utf-8").replace("\r\n", "\n")
    ):
        found.append("bagit.txt")
    lines = (bag / "bag-info.txt").read_bytes().decode("utf-8").splitlines()
    said = dict(line.partition(": ")[::2] for line in lines)
    free = said.pop("External-Description", None)
    if said != wanted or free is None or len(lines) != 5:
        found.append("bag-info.txt")


def is_word(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def is_day(value: Any) -> bool:
    return text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")(value) and is_time(f"{value}T00:00:00+08:00")


def texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def fields(value: Any, **own: Any) -> bool:
    """Whether a value is an object of just these fields, each sound."""
    return (
        isinstance(value, dict)
        and value.keys() == own.keys()
        and all(sound(value[name]) for name, sound in own.items())
    )


def is_hash(value: Any) -> bool:
    return text(HASH.pattern)(value)


def is_number(value: Any, least: int = 1) -> bool:
    return type(value) is int and value >= least


def is_account(value: Any) -> bool:
    return fields(
        value,
        file=is_word,
        size=lambda v: is_number(v, 0),
        sha256=is_hash,
        redacted=lambda v: isinstance(v, bool),
        dropped=texts,
        kept=is_word,
    )


def accounts_of(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_account, value))


def is_previous(value: Any) -> bool:
    return value is None or fields(
        value, round=is_word, attempt=is_number, time=is_time, bag=is_hash
    )


BASE = {
    "format": lambda v: type(v) is int and v == 3,
    "round_id": is_word,
    "attempt": is_number,
    "time": is_time,
    "rehearsal": lambda v: v is False,
    "ledger_head": is_hash,
    "code": lambda v: fields(v, version=is_word, hash=is_hash),
    "versions": lambda v: isinstance(v, dict) and all(map(is_word, [*v, *v.values()])),
}
APPROVED = {
    "reason": is_word,
    "note": lambda v: isinstance(v, str),
    "approver": is_word,
    "date": is_day,
}
FURTHER: dict[str, dict[str, Any]] = {
    "rosters": {"inputs": accounts_of, "outside": accounts_of, "previous": is_previous},
    "freeze": {"salt": is_hash, "previous": is_previous},
    "draw": {"source": lambda v: v is None or is_account(v)},
    "papers": {},
    "platform": {"source": is_account},
    "results": {"sources": accounts_of},
    "plan": {"inputs": accounts_of},
    "review": {"inputs": accounts_of},
    "amend": {
        **APPROVED,
        "officer": lambda v: isinstance(v, str),
        "visits": texts,
        "all": lambda v: isinstance(v, bool),
    },
    "void": {**APPROVED, "witnesses": texts},
}


def stated(bag: Path, kind: str, found: Found) -> Any:
    """``stage.json``, if it is as §A5 has it."""
    try:
        data = (bag / "data" / "in" / "stage.json").read_bytes().decode("utf-8")
        stage = protocol.parse(data)
    except (OSError, UnicodeDecodeError, protocol.ProtocolError):
        found.append("no stage.json")
        return None
    wanted = {**BASE, **FURTHER[kind]}
    if kind == "draw" and isinstance(stage, dict) and "source" not in stage:
        del wanted["source"]
    if not fields(stage, **wanted):
        found.append("stage.json has other fields")
        return None
    kept = [a["kept"] for _, a in given(kind, stage)]
    if len(set(kept)) < len(kept):
        found.append("two accounts of one file")
    for pattern, account in given(kind, stage):
        if not re.fullmatch(pattern, account["kept"]):
            found.append("an account of another file")
        if account["redacted"] and account["kept"].endswith(".toml"):
            found.append("a redacted .toml")
        if account["dropped"] and not account["redacted"]:
            found.append("dropped, but not redacted")
    return stage


def given(kind: str, stage: Any) -> list[tuple[str, Any]]:
    found = []
    for key, pattern in KINDS[kind][4].items():
        value = stage.get(key)
        found += [(pattern, a) for a in (value if isinstance(value, list) else [value]) if a]
    return found


def payload(bag: Path, kind: str, stage: Any, base: Any, found: Found) -> None:
    """Point 5 of V2."""
    out, always, perhaps, repeated, _ = KINDS[kind]
    names = {name.removeprefix("data/") for name in listed(bag, MANIFEST, [])}
    if base is None:
        again = set()
    else:
        record = f"{kind_of(base['stage'])}.json"
        again = {record} if repeated is ITS_RECORD else repeated
    must = EVERY | {f"out/{n}" for n in out} | {f"in/{n}" for n in always | again}
    must |= {f"in/{account['kept']}" for _, account in given(kind, stage)}
    found += [f"{name} is missing" for name in must - names]
    for name in names - must:
        own = name.removeprefix("in/")
        known = re.fullmatch(perhaps, own) if isinstance(perhaps, str) else own in perhaps
        if not (name.startswith("in/") and known):
            found.append(f"{name} is more")


def bag_faults(bag: Path, entry: Any, before: list[Any]) -> Found:
    """V2 of one stage; ``before``: the entries of its round before it."""
    found: Found = []
    sealed(bag, entry["bag"] if entry else None, found)
    if found:
        return found
    kind = kind_of(bag.name)
    if kind not in KINDS:
        return ["unknown kind"]
    with suppress(OSError, ValueError, TypeError, AttributeError):
        other = protocol.parse((bag / "data/in/stage.json").read_text(encoding="utf-8"))
        if other.get("format", 1) != 3:  # its own program's to judge
            return [] if named_by(other, entry) else ["stage.json says another entry"]
    stage = stated(bag, kind, found)
    if stage is None:
        return found
    labelled(bag, stage["time"], found)
    attempt = attempt_of(before, kind)
    base = next(
        (
            e
            for e in reversed(before)
            if e["attempt"] == attempt and kind_of(e["stage"]) in RESTS_ON.get(kind, ())
        ),
        None,
    )
    payload(bag, kind, stage, base, found)
    if not named_by(stage, entry):
        found.append("stage.json says another entry")
    return found


def named_by(stage: Any, entry: Any) -> bool:
    """Whether a stage says of itself what its entry says of it."""
    pairs = (("round_id", "round"), ("attempt", "attempt"), ("time", "time"))
    return not entry or all(
        stage[own] == entry[said] for own, said in (*pairs, ("ledger_head", "previous"))
    )


def beside(bag: Path) -> list[Any]:
    """What stands for the entries before a stage that has none (§A3)."""

    def place(name: str) -> tuple[int, str]:
        return len(name.partition("-")[0]), name

    found = []
    for path in sorted(bag.parent.iterdir(), key=lambda p: place(p.name)):
        if STAGE.fullmatch(path.name) and place(path.name) < place(bag.name):
            stage = protocol.parse((path / "data/in/stage.json").read_text(encoding="utf-8"))
            found.append({"stage": path.name, "attempt": stage["attempt"]})
    return found


# --- §A8 ---


def steps(outputs: Path, round_id: str) -> dict[int, bool | None]:
    """V1 and V2 of a round or year: whether they hold, None if they can't be checked."""
    folder = outputs / round_id
    ledger = os.path.lexists(outputs / "ledger.jsonl")
    lines, first = read_ledger(outputs) if ledger else ([], [])
    entries = [line for line in lines if line["stage"] != "aside"]
    own = [e for e in entries if e["round"] == round_id]
    there = {p.name for p in folder.iterdir() if STAGE.fullmatch(p.name) and p.is_dir()}
    by_name = {e["stage"]: e for e in own}
    last = max((n for n, e in enumerate(entries) if e["round"] == round_id), default=0)
    earlier: dict[str, list[Any]] = {}
    for entry in entries[:last]:
        if entry["round"] != round_id:
            earlier.setdefault(entry["round"], []).append(entry)
    if ledger and not first:
        first += [f"{name} has no entry" for name in there - by_name.keys()]
    first += misplaced(own)
    for others in earlier.values():
        first += misplaced(others)

    second: Found = ["a link"] if folder.is_symlink() else []
    second += [
        p.name
        for p in folder.iterdir()
        if p.name not in {*there, *by_name, "files"} and not JUNK.fullmatch(p.name)
    ]
    for name in sorted(there | by_name.keys()):
        entry = by_name.get(name)
        before = own[: own.index(entry)] if entry else beside(folder / name)
        second += bag_faults(folder / name, entry, before)
    for name, others in earlier.items():
        if any((outputs / name / e["stage"]).is_dir() for e in others):
            for place, entry in enumerate(others):
                second += bag_faults(outputs / name / entry["stage"], entry, others[:place])
    return {
        1: False if first else True if ledger else None,
        2: False if second else True if own else None,
    }


# --- §A7 ---

DRAWING = ("1_rosters", "1a_freeze", "2_draw", "6_amend")


def program_digest(files: dict[str, bytes]) -> str:
    lines = sorted(f"{path}:{hashlib.sha256(data).hexdigest()}" for path, data in files.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def named_in(source: str) -> set[str]:
    """Every path that the imports and templates of a module, or of a notebook's cells, may mean."""
    found = {
        f"ssj/templates/{name}"
        for _, name in re.findall(r"""(?<!\w)template\(\s*(["'])(.*?)\1""", source)
    }
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            for n in range(1, len(parts) + 1):
                path = "/".join(parts[:n])
                found |= {f"{path}.py", f"{path}/__init__.py"}
    return found


def code_hash(notebook: str, program: dict[str, bytes]) -> str:
    """The code hash of a program for the kind with this notebook (``2_draw``)."""
    names = DRAWING if notebook in DRAWING else (notebook,)
    waiting, used = [f"notebooks/{name}.ipynb" for name in names], {}
    while waiting:
        path = waiting.pop()
        if path in used or path not in program or path == "ssj/__init__.py":
            continue
        used[path] = program[path]
        if path.endswith(".ipynb"):
            cells = json.loads(program[path])["cells"]
            code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
            waiting += named_in("\n".join(code))
        elif path.endswith(".py"):
            waiting += named_in(program[path].decode("utf-8"))
    return program_digest(used)
