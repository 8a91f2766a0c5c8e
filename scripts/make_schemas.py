"""Write ``docs/schemas``: a JSON Schema (2020-12) for each record of an archive and each document
that people keep (docs/ARCHIVE.md §A6).

Fields and types are the program's own where it has a type for them: models of parameters and of
``stage.json``, declared columns, dataclasses, shapes of the protocol. What functions put together
without one is spelt out here; the tests hold it against records that these functions made.

    python scripts/make_schemas.py [folder]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from schema_parts import (
    COUNT,
    DAY,
    DECIMAL,
    DEFINITIONS,
    FLAG,
    HASH,
    HASHES,
    ID,
    IDS,
    NUMBER,
    TEXT,
    TEXTS,
    TIME,
    WHOLE,
    WORD,
    Schema,
    any_of,
    const,
    fields_of,
    joined,
    later_row,
    many,
    matching,
    of_dataclass,
    of_model,
    of_shape,
    one_of,
    or_blank,
    or_null,
    record,
    roster_row,
    table_of,
    tuple_of,
)

from ssj import protocol
from ssj.base import formats, params, words
from ssj.base.errors import Problem
from ssj.casebook import archive, ledger, stated
from ssj.draw import sizing
from ssj.protocol import PROTOCOL
from ssj.results import results
from ssj.results.finding_checks import IF_GIVEN, NOT_RECORDED
from ssj.results.scans import PAPERS
from ssj.rosters.exceptions import Settled
from ssj.stages.registry import kinds
from ssj.tables import schema as columns
from ssj.year.planning import Year

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ROUND_ID = matching(formats.ROUND_ID.pattern)
VISIT_NUMBER = matching("[0-9A-Za-z-]+(\\([0-9]+\\))?-[0-9]+")  # 检查编号
STAGE_NAME = matching(ledger.STAGE_NAME.pattern)
REASONS = ("recusal", "rotation", "amended", "cap", "look_ahead", "unable")

# --- parameters, event, entropy ---

_ROUND_REQUIRED, _ROUND_MORE = fields_of(of_model(params.RoundPart))
_WHOLE_REQUIRED, _WHOLE_MORE = fields_of(of_model(params.Parameters))
_APART = ("id", "event", "round", "pools", "warnings", "outside")  # Parameters.frozen
POOL = record({"name": WORD, "filter": WORD})
PARAMETERS = record(
    {k: v for k, v in (_ROUND_REQUIRED | _WHOLE_REQUIRED).items() if k not in _APART}
    | {"numbering": const(params.NAMED_FIRST)},
    {k: v for k, v in (_ROUND_MORE | _WHOLE_MORE).items() if k not in _APART}
    | {"pools": many(POOL)},
)
YEAR_PARAMETERS = of_model(Year)
_EVENT_REQUIRED, _EVENT_MORE = fields_of(of_model(params.Event))
EVENT = record({**_EVENT_REQUIRED, "form": WORD}, _EVENT_MORE)
_ENTROPY_REQUIRED, _ENTROPY_MORE = fields_of(of_model(params.Entropy))
_KEPT = {k: v for k, v in _ENTROPY_REQUIRED.items() if k not in ("text_again", "roles")}
ENTROPY = record({**_KEPT, "roles": many(record({"role": TEXT, "name": WORD}))}, _ENTROPY_MORE)
CODE = of_model(stated.Code)
TAKEN = of_model(stated.Taken)
ACCOUNT = record({"file": WORD, "size": COUNT, "sha256": HASH})
OF_A_ROUND = {
    "protocol": const(PROTOCOL),
    "round": ROUND_ID,
    "attempt": NUMBER,
    "parameters": PARAMETERS,
    "commitment": HASH,
}
OF_A_DRAW = {**OF_A_ROUND, "event": EVENT, "entropy": ENTROPY}
APPROVED = {"reason": WORD, "note": TEXT, "approver": WORD, "date": DAY}

# --- the frozen record, the draw, amendments ---

FRAME = record(
    {
        "task": ID,
        "stratum": WORD,
        "size": COUNT,
        "weight": COUNT,
        "points": COUNT,
        "factor": COUNT,
        "chance": or_blank(DECIMAL),
        "reason": TEXT,
        "rule": one_of(("", "X1", "X2", "X3")),
    }
)
INSPECTED = dict.fromkeys(("drawn", "other", "elsewhere", "exempt"), COUNT)
INTERNAL = {
    "items": record(
        {
            "department": WORD,
            "kind": one_of(("一般", "重点")),
            "categories": TEXTS,
            "specialities": many(WORD),
            "expert": FLAG,
            **dict.fromkeys(("basis", "content", "method", "guide"), TEXT),
        }
    ),
    "officers": record(
        {
            "kind": one_of(("officer", "expert", "staff")),
            **dict.fromkeys(("department", "post", "certificate", "reason"), TEXT),
            "specialities": TEXTS,
            "authority": IDS,
            "recusals": TEXTS,
            "certificate_until": or_blank(DAY),
            "available": FLAG,
            "cap": or_null(COUNT),
        }
    ),
    "targets": record(
        {
            **dict.fromkeys(("category", "risk_class", "status"), WORD),
            "public": FLAG,
            **dict.fromkeys(("non_public_basis", "section", "address", "area"), TEXT),
            "tags": TEXTS,
            "complaints": COUNT,
            "penalties": COUNT,
            "last_inspected": or_blank(DAY),
            "last_result": TEXTS,
            "frames": many(FRAME),
        },
        {"rotation": IDS, "rotation_lifted": IDS, "inspected": record(INSPECTED)},
    ),
    "tasks": record(
        {
            "kind": one_of(("内部", "部门联合")),
            "items": IDS,
            "departments": TEXTS,
            "directed": FLAG,
            **dict.fromkeys(("categories", "tags", "risk_classes", "conditions"), TEXTS),
            "strata": many(record({"stratum": WORD, "ratio": DECIMAL})),
            "team_size": COUNT | {"maximum": protocol.LARGEST_TEAM},
            "expert": FLAG,
        },
        {"pool": WORD},
    ),
}
IDENTITY = record({"id": ID, "name": TEXT})
TABLES = record(
    {
        table: many(record({"id": ID, "identity": IDENTITY, "internal": INTERNAL[table]}))
        for table in protocol.TABLES
    }
)
FREEZE = record(
    {
        **OF_A_ROUND,
        "salt": HASH,
        "tables": TABLES,
        "event": EVENT,
        "code": CODE,
        "ledger_head": HASH,
    }
)
SEAT = {"department": TEXT, "speciality": TEXT}
TAKEN_SEAT = record({"visit": ID, **SEAT, "officer": ID, "choices": NUMBER})
PASSED = {"reason": one_of(REASONS), "short": IDS}
SKIPPED = record({"visit": ID, **SEAT, "officer": ID, **PASSED})
RAISED = record({"officer": ID, "by": NUMBER, "cap": NUMBER})
TEAMS = {"taken": many(TAKEN_SEAT), "raised": many(RAISED), "skipped": many(SKIPPED)}
GROUPS = record(
    {
        "made": many(
            record(
                {
                    "id": WORD,
                    "department": TEXT,
                    "k": COUNT,
                    "members": IDS,
                    "by": COUNT,
                    "cap": COUNT,
                }
            )
        ),
        "allotted": many(
            record({"visit": ID, "department": TEXT, "group": WORD, "choices": NUMBER})
        ),
        "skipped": many(record({"visit": ID, "department": TEXT, "group": WORD, **PASSED})),
    }
)
DRAWN = many(
    any_of(
        record(
            {
                "task": ID,
                "stratum": WORD,
                "count": COUNT,
                "n": COUNT,
                "certain": IDS,
                "by_ticket": IDS,
            }
        ),
        record({"task": ID, "external": IDS}),
    )
)
VISIT = record(
    {
        "id": ID,
        "tasks": IDS,
        "items": IDS,
        "seats": many(record(SEAT)),
        "expert_seats": many(record(SEAT)),
    }
)
LISTED = record({"row": NUMBER, **later_row("external")})
AMENDMENT = record(
    {"officer": ID, "visits": IDS | {"minItems": 1}, "all": FLAG, "time": TIME, **APPROVED, **TEAMS}
)
_DRAW = {
    **FREEZE["properties"],
    "entropy": ENTROPY,
    "seed": HASH,
    "drawn": DRAWN,
    "visits": many(VISIT),
    "officers": record(TEAMS, {"groups": GROUPS}),
    "experts": record(TEAMS),
}
_AMENDMENTS = {"amendments": many(AMENDMENT) | {"minItems": 1}}
_LIST = {"platform_list": many(LISTED)}
DRAW = record(_DRAW, _LIST | _AMENDMENTS)  # what a review repeats may be amended
AMEND = record(_DRAW | _AMENDMENTS, _LIST)
CHANCE = or_blank(DECIMAL)
CHANCES = record(
    {
        "draws": COUNT,
        "strata": many(
            record(
                {
                    "task": ID,
                    "stratum": WORD,
                    "count": COUNT,
                    "n": COUNT,
                    "method": one_of(sizing.METHODS),
                    "bound": CHANCE,
                }
            )
        ),
        "targets": many(
            record(
                {
                    "id": ID,
                    "risk_class": WORD,
                    "last": COUNT,
                    "largest": CHANCE,
                    "before": CHANCE,
                    "visit": CHANCE,
                    "factor": COUNT,
                    "reason": TEXT,
                    "recent": many(COUNT),
                    "frames": many(
                        record(
                            {
                                "task": ID,
                                "weight": COUNT,
                                "points": COUNT,
                                "factor": COUNT,
                                "size": COUNT,
                                "declared": CHANCE,
                                "actual": CHANCE,
                                "reason": TEXT,
                            }
                        )
                    ),
                }
            )
        ),
    }
)

# --- documents that people keep (§10.2, §10.3, §10.8) ---

COMMITTED = of_shape(protocol.COMMITTED)
COMMITTED["properties"] |= {"protocol": const(PROTOCOL), "event": EVENT, "code": CODE}
NAMED = of_shape(protocol.NAMED)
PUBLIC_LIST = record({"targets": NAMED, "unnamed": COUNT})
ATTESTED = record(
    {
        "custodian": TEXT,
        "received": TEXT,
        "first16": matching("[0-9a-f]{16}"),
        "only": FLAG,
    },
    {"signature": matching("[0-9a-f]{128}")},
)
SHOWN = record({"text": TEXT}, {"time": TEXT, "place": TEXT, "attestation": many(ATTESTED)})
OPENED = {"protocol": const(PROTOCOL), "commitment": HASH, "committed": COMMITTED}
NOTICE = record({"view": const("notice"), **OPENED, "public_list": PUBLIC_LIST})
PUBLIC = record(
    {
        "view": const("public"),
        **OPENED,
        "public_list": PUBLIC_LIST,
        "entropy": SHOWN,
        "seed": HASH,
        "visits": many(
            record(
                {
                    "id": ID,
                    "name": TEXT,
                    "items": NAMED,
                    "officers": many(record({"name": TEXT, "department": TEXT})),
                }
            )
        ),
        "unnamed_visits": COUNT,
        "amendments": many(record({"date": TEXT, "reason": TEXT, "visits": NUMBER})),
    },
    {"checks": many(record({"rows": COUNT, "root": HASH, "ended": many(HASH)}))},
)
PART = record({"salt": HASH, "values": INTERNAL["targets"]})
RECEIPT = record(
    {
        "view": const("receipt"),
        **OPENED,
        "entropy": SHOWN,
        "seed": HASH,
        "row": record(
            {
                "id": ID,
                "index": COUNT,
                "proof": HASHES,
                "identity": record({"salt": HASH, "values": IDENTITY}),
                "internal": any_of(HASH, PART),
            }
        ),
        "ticket_salt": HASH,
        "ticket": HASH,
        "drawn": FLAG,
        "items": NAMED,
    }
)
ATTESTATION = record(
    {
        "view": const("attestation"),
        "protocol": const(PROTOCOL),
        "round": TEXT,
        "attempt": NUMBER,
        "commitment": HASH,
        "custodian": TEXT,
        "key": HASH,
        "received": TEXT,
        "only": FLAG,
        "signature": matching("[0-9a-f]{128}"),
    }
)

# --- rosters ---

OTHER_INSPECTION = record(
    {
        "target": ID,
        "date": DAY,
        "kind": one_of(columns.OTHER_KINDS),
        "exempt": FLAG,
        "level": or_blank(one_of(columns.LEVELS)),
        "method": or_blank(one_of((columns.ON_SITE, columns.OFF_SITE))),
        "approval": TEXT,
        "filing": TEXT,
        **dict.fromkeys(("name", "reason", "basis", "department", "remark"), TEXT),
        "file": TEXT,
        "sheet": TEXT,
        "row": NUMBER,
    }
)
PROBLEM = of_dataclass(Problem)
CODES = TEXTS
ROW_CODES = many(tuple_of(NUMBER, CODES))
TALLY = record(
    {
        "file": TEXT,
        "rows": COUNT,
        "used": COUNT,
        "unread": COUNT,
        "whole": CODES,
        "sheet": TEXT,
        "others": many(tuple_of(TEXT, COUNT, TEXT)),
        "refused": ROW_CODES,
        "left_out": many(tuple_of(NUMBER, TEXT)),
        "joined": many(tuple_of(NUMBER, NUMBER)),
        "excluded": ROW_CODES,
    }
)
TITLES = {**columns.TITLES, **columns.OPTIONAL}


def tables_of(made: Mapping[str, Schema]) -> Schema:
    """An object with all required tables and those optional ones that a round has."""
    return record(
        {t: s for t, s in made.items() if t in columns.TITLES},
        {t: s for t, s in made.items() if t not in columns.TITLES},
    )


ROSTER_TABLES = tables_of(
    {
        table: record(
            {
                "file": TEXT,
                "sheet": TEXT,
                "parts": many(record({"file": TEXT, "sheet": TEXT})),
                "rows": many(joined(record({"row": NUMBER}), roster_row(table))),
            }
        )
        for table in TITLES
    }
)
BY_CLASS = {
    "targets": COUNT,
    "active": COUNT,
    "inactive": COUNT,
    "classes": table_of(COUNT),
    "tasks": IDS,
}
OFFICE_ROW = record(
    {
        "source": TEXT,
        "row": NUMBER,
        **dict.fromkeys(("id", "name", "category", "status", "reason", "unread"), TEXT),
        **dict.fromkeys(("target", "target_name", "section", "result", "detail"), TEXT),
        "findings": many(tuple_of(TEXT, TEXT)),
    }
)
ROSTERS = record(
    {
        "round": ROUND_ID,
        "attempt": NUMBER,
        "time": TIME,
        "parameters": PARAMETERS,
        "tables": ROSTER_TABLES,
        "accounts": tables_of(dict.fromkeys(TITLES, many(TALLY))),
        "exceptions": many(of_dataclass(Settled)),
        "notes": TEXTS,
        "problems": many(PROBLEM),
        "signatures": many(
            record(
                {"file": TEXT, "rows": COUNT, "section": TEXT, "by": TEXT, "date": or_blank(DAY)}
            )
        ),
        "coverage": many(
            record({"category": TEXT, "item": ID, "targets": COUNT, "round": COUNT, "year": COUNT})
        ),
        "gaps": many(
            record({"gap": TEXT, "category": TEXT, "items": TEXT, "targets": COUNT, "detail": TEXT})
        ),
        "pools": many(record({"pool": WORD, "filter": TEXT, **BY_CLASS})),
        "tags": many(record({"tag": WORD, **BY_CLASS, "pools": TEXTS})),
        "warnings": many(
            record(
                {
                    **dict.fromkeys(("section", "kind", "id", "name", "category", "found"), TEXT),
                    "day": or_null(DAY),
                    "advice": TEXT,
                }
            )
        ),
        "offices": many(
            record(
                {
                    "source": TEXT,
                    "file": TEXT,
                    "problems": many(PROBLEM),
                    "notes": TEXTS,
                    "rows": many(OFFICE_ROW),
                }
            )
        ),
    },
    {"others": many(OTHER_INSPECTION)},
)

# --- what in/ takes from the ledger's archives (§A8 V3) ---

WINDOW = record({"start": DAY, "end": DAY})
HISTORY = record(
    {
        "rounds": many(
            record(
                {
                    "round": ROUND_ID,
                    "attempt": NUMBER,
                    "bag": HASH,
                    "window": WINDOW,
                    "above_cap": IDS,
                    "external": FLAG,
                    "visits": many(
                        record({"id": ID, "tasks": IDS, "officers": IDS}, {"off_site": FLAG})
                    ),
                }
            )
        ),
        "cool_down": many(record({"id": ID, "risk_class": WORD, "recent": many(COUNT)})),
    }
)
# a task as a plan has it: without its place, 专项库 only where there is one
_TASK = roster_row("plan")["properties"]
TASK = record({k: v for k, v in _TASK.items() if k != "pool"}, {"pool": WORD})
YEAR = or_null(
    record(
        {
            "round": ROUND_ID,
            "attempt": NUMBER,
            "time": TIME,
            "bag": HASH,
            "title": WORD,
            "tasks": many(TASK),
        }
    )
)
VOIDED = record({"attempt": COUNT, "visits": IDS})
PAPER = record(
    {
        "number": TEXT,
        "target": TEXT,
        "officer": TEXT,
        "paper": one_of(paper.name for paper in PAPERS),
        **ACCOUNT["properties"],
        "time": TIME,
    }
)

# --- papers, platform, results ---

PAPERS_RECORD = record({**OF_A_DRAW, "papers": many(PAPER)})
FINDING = one_of(("agrees", "missing", "extra", "name", "officers", "twice"))
COUNTS_OF_A_LIST = dict.fromkeys(
    ("drawn", "listed", "agrees", "missing", "extra", "name", "officers", "twice"), COUNT
)
PLATFORM = record(
    {
        **OF_A_DRAW,
        "time": TIME,
        "source": TAKEN,
        "tasks": many(
            record(
                {
                    "task": ID,
                    "name": TEXT,
                    "numbers": TEXTS,
                    "drawn": COUNT,
                    "listed": COUNT,
                    "agrees": COUNT,
                }
            )
        ),
        "counts": record(COUNTS_OF_A_LIST),
        "rows": many(
            record(
                {
                    "task": ID,
                    "id": ID,
                    "row": COUNT,
                    **dict.fromkeys(("number", "name", "listed_name", "remark", "note"), TEXT),
                    "officers": TEXTS,
                    "listed_officers": TEXTS,
                    "date": or_blank(DAY),
                    "findings": many(FINDING) | {"minItems": 1},
                }
            )
        ),
    }
)
PLACE = {"file": TEXT, "row": NUMBER}
REGISTERS = {
    table: many(record({**later_row(table), "number": VISIT_NUMBER, **PLACE}))
    for table in columns.REGISTERS
}
REGISTERS["postings"]["items"]["properties"]["number"] = or_blank(VISIT_NUMBER)  # all visits
RESULT = record(
    {
        "visit": ID,
        **{k: v for k, v in later_row("results", NOT_RECORDED).items() if k not in IF_GIVEN},
        "number": VISIT_NUMBER,
        "officers": TEXTS,
        "excused": CODES,
        **PLACE,
    },
    dict.fromkeys(IF_GIVEN, TEXT),
)
GONE = record({"number": VISIT_NUMBER, "item": ID, "date": DAY, "results": TEXTS})
RESULT_VISIT = record(
    {
        "id": ID,
        "number": VISIT_NUMBER,
        "name": TEXT,
        "category": TEXT,
        "section": TEXT,
        "public": FLAG,
        "items": IDS,
        "answered": COUNT,
        **dict.fromkeys(
            ("date", "entered_on", "published_on", "posted_on", "deadline"), or_blank(DAY)
        ),
        "not_public": TEXT,
        **dict.fromkeys(("overdue", "problem", "gone", "withdrawn"), FLAG),
        "state": one_of(results.STATES),
    }
)
RESULTS = record(
    {
        **OF_A_DRAW,
        "time": TIME,
        "sources": many(TAKEN),
        "categories": record({"version": WORD, "names": TEXTS}),
        "rows": many(RESULT),
        "visits": many(RESULT_VISIT),
        **REGISTERS,
        "waiting": COUNT,
        "excused": COUNT,
        "gone": many(GONE),
        "warnings": many(record({"code": one_of(("H01", "H02")), "message": TEXT})),
        "counts": record(dict.fromkeys(results.STATES, COUNT)),
    }
)
ENTRY = one_of(("", "已更正", "依法撤下"))
PUBLISHED = record(
    {
        "view": const("results"),
        "protocol": const(PROTOCOL),
        "round": ROUND_ID,
        "attempt": NUMBER,
        "commitment": HASH,
        "time": TIME,
        "visits": many(
            record(
                {
                    "number": VISIT_NUMBER,
                    "id": ID,
                    "name": TEXT,
                    "entry": ENTRY,
                    "date": or_blank(DAY),
                    "items": many(
                        record(
                            {
                                "id": ID,
                                "name": TEXT,
                                "entry": ENTRY,
                                "results": TEXTS,
                                "measure": TEXTS,
                            }
                        )
                    ),
                    "changes": many(
                        record(
                            {
                                "entry": ENTRY,
                                "item": or_blank(ID),
                                "name": TEXT,
                                "date": DAY,
                                "category": one_of(columns.CHANGE_CATEGORIES),
                            }
                        )
                    ),
                }
            )
        ),
        "unnamed": COUNT,
        "waiting": COUNT,
        "withheld": COUNT,
        "objections": record({"received": COUNT, "answered": COUNT, "changed": COUNT}),
    }
)
EARLIER_RESULTS = record(
    {
        "rows": many(RESULT),
        "visits": many(RESULT_VISIT),
        "gone": many(GONE),
        **REGISTERS,
    }
)
KNOWN = record(
    {
        "gone": many(
            record(
                {
                    "id": ID,
                    "round": ROUND_ID,
                    "number": VISIT_NUMBER,
                    "date": DAY,
                    "results": TEXTS,
                }
            )
        )
    }
)
VOID = record(
    {
        **OF_A_ROUND,
        "drawn": FLAG,
        **APPROVED,
        "reason": one_of(words.VOID_REASONS),
        "time": TIME,
        "witnesses": TEXTS,
    },
    {
        "unstaffed": record(
            {"entropy": ENTROPY, "seed": HASH, "drawn": DRAWN, "visits": IDS, "why": TEXT}
        )
    },
)

# --- a year's plan and review ---

EXPECTED = {"visits": DECIMAL}
SAVED = {"apart": DECIMAL, "saved": DECIMAL}
NEAR = record(
    {
        "id": ID,
        **dict.fromkeys(("name", "category", "risk_class", "section"), TEXT),
        **EXPECTED,
        "never": DECIMAL,
        "cap": or_null(COUNT),
        "together_cap": or_null(COUNT),
        "done": COUNT,
        "counted": DECIMAL,
        "reached": DECIMAL,
    }
)
FORECAST = record(
    {
        "replications": NUMBER,
        "totals": record(
            {"targets": COUNT, **EXPECTED, **SAVED, "never": DECIMAL, "matched": COUNT}
        ),
        "rounds": many(
            record({"round": ROUND_ID, **EXPECTED, "low": COUNT, "high": COUNT, **SAVED})
        ),
        "months": many(record({"month": TEXT, **EXPECTED})),
        "sections": many(record({"section": TEXT, "month": TEXT, **EXPECTED})),
        "classes": many(
            record(
                {
                    "risk_class": WORD,
                    "targets": COUNT,
                    "cap": or_null(COUNT),
                    **EXPECTED,
                    "never": DECIMAL,
                }
            )
        ),
        "times": many(record({"times": COUNT, "targets": DECIMAL})),
        "near": many(NEAR),
        "tasks": many(record({"task": ID, "name": TEXT, "drawn": DECIMAL})),
        "targets": many(NEAR),
        "officers": many(
            record(
                {
                    "officer": ID,
                    **dict.fromkeys(("person", "department", "kind"), TEXT),
                    **EXPECTED,
                    "least": COUNT,
                    "most": COUNT,
                }
            )
        ),
        "short": many(record({"round": ROUND_ID, "times": NUMBER, "example": TEXT})),
    }
)
PLAN = record(
    {
        "round": ROUND_ID,
        "attempt": NUMBER,
        "year": NUMBER,
        "parameters": YEAR_PARAMETERS,
        "tasks": many(TASK),
        "items": many(
            record(
                {
                    "id": ID,
                    **dict.fromkeys(("name", "kind", "frequency", "code", "gap"), TEXT),
                    "ratio_limit": or_blank(DECIMAL),
                    "tasks": IDS,
                    "rounds": TEXTS,
                }
            )
        ),
        "merging": many(
            record(
                {
                    "tasks": IDS,
                    **dict.fromkeys(("departments", "categories", "rounds"), TEXTS),
                    "apart": DECIMAL,
                    "together": DECIMAL,
                    "saved": DECIMAL,
                    "advice": TEXT,
                }
            )
        ),
        "forecast": FORECAST,
        "code": CODE,
        "ledger_head": HASH,
    }
)
LINE = {
    "time": TIME,
    "round": ROUND_ID,
    "attempt": NUMBER,
    "stage": STAGE_NAME,
    "bag": HASH,
}
VOIDS = many(record({"round": ROUND_ID, "attempt": NUMBER, "stage": STAGE_NAME, **APPROVED}))
AMENDMENTS = many(
    record(
        {
            "round": ROUND_ID,
            "attempt": NUMBER,
            **{key: own for key, own in APPROVED.items() if key != "note"},
            "officer": ID,
            "name": TEXT,
            "visits": NUMBER,
        }
    )
)
WAITING = many(record({"round": or_blank(ROUND_ID), "text": TEXT}))
STAGE_OR_NONE = or_blank(STAGE_NAME)
GATHERED = record(
    {
        "plan": record(LINE),
        "entries": many(record({"n": NUMBER, **LINE})),
        "rounds": many(
            record(
                {
                    "round": ROUND_ID,
                    "attempt": NUMBER,
                    "stage": STAGE_NAME,
                    "bag": HASH,
                    "freeze": STAGE_NAME,
                    "frozen_on": DAY,
                    "results": STAGE_OR_NONE,
                    "platform": or_null(
                        record({"stage": STAGE_NAME, "drawn": COUNT, "agrees": COUNT})
                    ),
                }
            )
        ),
        "open": WAITING,
        "voids": VOIDS,
        "amendments": AMENDMENTS,
    }
)
SINCE = or_blank(DAY)
LISTS = record(
    {
        "items": many(record({"id": ID, "name": TEXT, "since": SINCE})),
        "targets": many(record({"id": ID, "name": TEXT, "since": SINCE, "active": FLAG})),
        "officers": many(
            record({"id": ID, "name": TEXT, "on_duty": FLAG, "certificate_until": SINCE})
        ),
    }
)
RATE = dict.fromkeys(("rate", "low", "high"), or_blank(DECIMAL)) | {"note": TEXT}
ESTIMATES = record(
    {
        "rule": record({"least": DECIMAL, "up": COUNT, "down": COUNT}),
        "rates": many(
            record(
                {
                    "side": one_of(("", "task", "category", "risk_class")),
                    "name": TEXT,
                    **dict.fromkeys(
                        (
                            *("frame", "drawn", "answered", "waiting", "withdrawn"),
                            *("gone", "problems"),
                        ),
                        COUNT,
                    ),
                    **RATE,
                }
            )
        ),
        "yields": many(
            record(
                {
                    "risk_class": TEXT,
                    "visits": COUNT,
                    "answered": COUNT,
                    "problems": COUNT,
                    **RATE,
                }
            )
        ),
        "ratios": record(
            {
                "verdict": one_of(("differ", "alike", "few")),
                "rows": many(
                    record(
                        {
                            "risk_class": TEXT,
                            "frame": COUNT,
                            "drawn": COUNT,
                            "ratio": DECIMAL,
                            "maximum": DECIMAL,
                            **RATE,
                            "find": or_blank(DECIMAL),
                            "know": or_blank(DECIMAL),
                        }
                    )
                ),
            }
        ),
        "changes": many(
            record(
                {
                    "id": ID,
                    **dict.fromkeys(("name", "risk_class", "proposed", "reason"), TEXT),
                    "evidence": many(
                        record({"number": VISIT_NUMBER, "date": DAY, "results": TEXTS})
                    ),
                }
            )
        ),
        "left_out": many(record({"round": ROUND_ID, "visits": COUNT})),
    }
)
MAYBE = or_null(WHOLE)
INDICATOR_ROW = record(
    {
        "counted": FLAG,
        **dict.fromkeys(("round", "stage", "number", "id", "name", "text"), TEXT),
    }
)
INDICATOR = record(
    {
        "id": ID,
        **dict.fromkeys(
            (
                *("name", "definition", "target", "numerator_text", "denominator_text"),
                *("rule", "evidence", "value", "said", "note"),
            ),
            TEXT,
        ),
        "unit": one_of(("rate", "date", "count")),
        "internal": FLAG,
        "cutoff": DAY,
        "until": DAY,
        "numerator": MAYBE,
        "denominator": MAYBE,
        "met": or_null(FLAG),
        "rows": many(INDICATOR_ROW),
        "parts": many(
            record({"label": TEXT, "numerator": WHOLE, "denominator": MAYBE, "said": TEXT})
        ),
    }
)
REVIEW_ROUND = record(
    {
        "round": ROUND_ID,
        "attempt": NUMBER,
        "stage": STAGE_NAME,
        "bag": HASH,
        "results": STAGE_OR_NONE,
        "chances": STAGE_NAME,
        "title": WORD,
        "window": WINDOW,
        "external": FLAG,
        **dict.fromkeys(
            (
                *("tasks", "joint", "targets", "visits", "unmerged", "saved", "visited"),
                *("reviewed", "published", "lawfully_not", "overdue", "problems", "gone"),
                *("follow_ups", "closed", "off_site"),
            ),
            COUNT,
        ),
        "states": many(record({"state": WORD, "visits": COUNT})),  # in words, which may change
        "results_by": many(record({"result": TEXT, "rows": NUMBER})),
    }
)
OTHERS = {"counted": COUNT, "exempt": COUNT}
REVIEW = record(
    {
        "round": ROUND_ID,
        "attempt": NUMBER,
        "year": NUMBER,
        "time": TIME,
        "as_of": DAY,
        "parameters": YEAR_PARAMETERS,
        "plan": record(
            {
                **LINE,
                "tasks": COUNT,
                "approved": many(record({"approver": TEXT, "date": DAY})),
            }
        ),
        "finished": FLAG,
        "running": WAITING,
        "rounds": many(REVIEW_ROUND),
        "indicators": many(INDICATOR),
        "voids": VOIDS,
        "amendments": AMENDMENTS,
        "approvers": many(
            record({"approver": TEXT, "voids": COUNT, "amendments": COUNT, "visits": COUNT})
        ),
        "other": or_null(
            record(
                {
                    **OTHERS,
                    "kinds": many(record({"kind": one_of(columns.OTHER_KINDS), **OTHERS})),
                }
            )
        ),
        "frequency": record(
            {
                "caps": TEXTS,
                "reached": COUNT,
                "over": COUNT,
                "firms": many(
                    record(
                        {
                            "id": ID,
                            "name": TEXT,
                            **INSPECTED,
                            "cap": or_null(COUNT),
                            "together_cap": or_null(COUNT),
                            "over": COUNT,
                        }
                    )
                ),
                "merge": many(record(dict.fromkeys(("id", "name", "quarter", "text"), TEXT))),
            }
        ),
        "statistics": many(
            record(
                {
                    **dict.fromkeys(("id", "name", "unit", "rule"), TEXT),
                    "value": COUNT,
                    "rows": many(INDICATOR_ROW),
                }
            )
        ),
        "sources": many(TAKEN),
        "estimates": ESTIMATES,
    }
)

# --- the ledger ---

LEDGER_LINE = any_of(
    record({"n": NUMBER, "previous": HASH, "hash": HASH, **LINE}),
    record(
        {
            "n": NUMBER,
            "previous": HASH,
            "hash": HASH,
            "time": TIME,
            "round": or_blank(ROUND_ID),
            "attempt": const(0),
            "stage": const(ledger.ASIDE),
            "bag": HASH,
            "name": any_of(STAGE_NAME, const(ledger.NAME)),
            "place": matching("\\.aside/[0-9A-Za-z-]+"),
        }
    ),
)


def named(schema: Schema, wanted: set[str] | None = None) -> set[str]:
    """The definitions that a schema names, and those that these name."""
    found = wanted if wanted is not None else set()
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            name = reference.rpartition("/")[2]
            if name not in found:
                found.add(name)
                named(DEFINITIONS[name], found)
        for value in schema.values():
            named(value, found)
    elif isinstance(schema, list):
        for value in schema:
            named(value, found)
    return found


# what §A5 asks beyond types; the models ask it of values, which pydantic's schemas don't show
_OF_STATED = {"time": TIME, "date": DAY, "rehearsal": const(False)}


def of_stated(model: type[stated.Stated]) -> Schema:
    """The schema of a kind's ``stage.json``."""
    made = of_model(model)
    for name in named(made):
        fields = DEFINITIONS[name]["properties"]
        fields.update({key: own for key, own in _OF_STATED.items() if key in fields})
    return made


SCHEMAS: dict[str, Schema] = {
    "ledger_line": LEDGER_LINE,
    **{f"stage-{name}": of_stated(kind.stated) for name, kind in sorted(kinds().items())},
    "rosters": ROSTERS,
    "freeze": FREEZE,
    "draw": DRAW,
    "amend": AMEND,
    "notice": NOTICE,
    "public": PUBLIC,
    "receipt": RECEIPT,
    "attestation": ATTESTATION,
    "chances": CHANCES,
    "history": HISTORY,
    "year": YEAR,
    "previous_plan": or_null(PLAN),
    "voided": VOIDED,
    "papers": PAPERS_RECORD,
    "scans": record({"files": many(ACCOUNT)}),
    "earlier_papers": record({"papers": many(PAPER)}),
    "platform": PLATFORM,
    "results": RESULTS,
    "published": PUBLISHED,
    "earlier_results": EARLIER_RESULTS,
    "evidence": record({"files": many(ACCOUNT)}),
    "known": KNOWN,
    "void": VOID,
    "plan": PLAN,
    "review": REVIEW,
    "gathered": GATHERED,
    "lists": LISTS,
}
# which schema a file of a stage is held against, where it is not called like it
_OF_FREEZE = {"in/previous.json": "freeze", "in/history.json": "history", "in/year.json": "year"}
ELSEWHERE = {
    "rosters": _OF_FREEZE,
    "freeze": _OF_FREEZE,
    "plan": {"in/previous.json": "previous_plan"},
    "papers": {"in/earlier.json": "earlier_papers"},
    "results": {"in/earlier.json": "earlier_results"},
    "review": {"in/ledger.json": "gathered"},
}


def schema_for(kind: str, name: str) -> str:
    """The schema of a JSON file in a stage of some kind, by its path in the stage's folder:
    ``schema_for("plan", "in/previous.json") == "previous_plan"``.
    """
    if name == "in/stage.json":
        return f"stage-{kind}"
    if name in ELSEWHERE.get(kind, {}):
        return ELSEWHERE[kind][name]
    own = Path(name).stem
    if kind == "review" and own not in SCHEMAS:  # of a round: 2021Q4-draw.json
        own = own.rpartition("-")[2]
    return own


def whole(name: str) -> Schema:
    """A schema as its file has it."""
    own = SCHEMAS[name]
    used = {name: DEFINITIONS[name] for name in sorted(named(own))}
    return {
        "$schema": DIALECT,
        "$id": f"urn:ssj:archive:{archive.FORMAT}:{name}",
        "title": name,
        **own,
        **({"$defs": used} if used else {}),
    }


def content(name: str) -> bytes:
    return (json.dumps(whole(name), ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def main(folder: Path) -> None:
    """Write all schemas into a folder, and nothing else there."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        if path.name.removesuffix(".schema.json") not in SCHEMAS:
            path.unlink()
    for name in SCHEMAS:
        (folder / f"{name}.schema.json").write_bytes(content(name))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Write the JSON Schemas of all records.")
    options.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "schemas")
    main(options.parse_args().folder)
