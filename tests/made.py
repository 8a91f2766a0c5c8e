"""A round made in memory: parameters, rosters and history without any file."""

from __future__ import annotations

from datetime import date

import pandas as pd

from ssj.base import params
from ssj.draw import framing
from ssj.rosters.history import NOTHING, History
from ssj.rosters.rosters import Rosters

BUREAU, FIRE = "样例县住建局", "样例县消防大队"
WEIGHTS = {"A": 1, "B": 2, "C": 4, "D": 8}
MAXIMA = {"A": "0.05", "B": "0.2", "C": "0.6", "D": "1"}
BY_CLASS = {"A": "0.02", "B": "0.05", "C": "0.2", "D": "1"}


def parameters(
    above: tuple[tuple[str, str], ...] = (),
    caps: dict[str, int] | None = None,
    spared: tuple[str, ...] = (),
) -> params.Parameters:
    at = pd.Timestamp("2021-11-26T10:00:00+08:00").to_pydatetime()
    return params.Parameters.model_validate(
        {
            "round": {
                "id": "2021Q4",
                "title": "样例",
                "bureau": BUREAU,
                "publication_day": date(2021, 12, 6),
                "window": {"start": date(2021, 12, 6), "end": date(2021, 12, 31)},
            },
            "approval": [
                {"matter": "抽查方案", "approver": "样例局长", "date": date(2021, 11, 15)}
            ],
            "classes": {
                c: {"max_ratio": MAXIMA[c], "weight": WEIGHTS[c], "yearly_cap": (caps or {}).get(c)}
                for c in MAXIMA
            },
            "above_cap": [{"task": t, "reason": "样例"} for t in spared],
            "above_maximum": [{"task": t, "class": c, "reason": "样例"} for t, c in above],
            "event": {"kind": "dice", "count": 16, "time": at, "place": "大厅", "fallback": "顺延"},
        }
    )


def target(identifier: str, risk_class: str = "A", **change) -> dict:
    return {
        "id": identifier,
        "name": f"样例{identifier}",
        "category": "燃气",
        "risk_class": risk_class,
        "status": "存续",
        "public": True,
        "non_public_basis": "",
        "tags": (),
        "section": "",
        "address": "",
        "area": "",
        "complaints": 0,
        "penalties": 0,
        "last_inspected": None,
        "last_result": (),
        **change,
    }


def task(identifier: str, ratios: dict[str, str], **change) -> dict:
    return {
        "id": identifier,
        "name": f"任务{identifier}",
        "kind": "内部",
        "items": ("I1",),
        "categories": ("燃气",),
        "tags": (),
        "risk_classes": (),
        "conditions": (),
        "method": "不定向",
        "ratios": ratios,
        "rounds": ("2021Q4",),
        "lead": BUREAU,
        "partners": (),
        "team_size": None,
        "expert": False,
        **change,
    }


def roster(
    targets: list[dict], tasks: list[dict], recognised: tuple[tuple[str, str, date], ...] = ()
) -> Rosters:
    def table(rows: list[dict]) -> pd.DataFrame:
        frame = pd.DataFrame(rows, index=range(2, len(rows) + 2))
        return frame.astype({"team_size": object}) if "team_size" in frame else frame

    item = {
        "id": "I1",
        "name": "事项一",
        "department": BUREAU,
        "kind": "一般",
        "categories": ("燃气",),
        "specialities": (),
        "effective": None,
        "ends": None,
        "expert": False,
        "basis": "样例条例",
        "content": "c",
        "method": "现场",
        "guide": "",
    }
    officer = {
        "id": "P1",
        "name": "样例甲",
        "department": BUREAU,
        "kind": "执法",
        "specialities": (),
        "status": "在岗",
        "certificate": "Z1",
        "certificate_until": date(2022, 1, 1),
        "post": "",
        "authority": (),
        "recusals": (),
        "leave": (),
        "yearly_cap": None,
    }
    return Rosters(
        table([item]),
        table(targets),
        table([officer, {**officer, "id": "P0"}]),
        table(tasks),
        pd.DataFrame(recognised, columns=["target", "item", "date"]),
        (),
        (),
    )


def framed(
    targets: list[dict],
    tasks: list[dict],
    above=(),
    caps=None,
    spared=(),
    recognised=(),
    earlier=NOTHING,
):
    given, own = roster(targets, tasks, recognised), parameters(above, caps, spared)
    chosen = framing.tasks_of_round(given, "2021Q4")
    return given, chosen, framing.frames(given, chosen, own, earlier), own


def visited(
    *rounds: tuple[str, str, dict[str, tuple[str, ...]]], spared: tuple[str, ...] = ()
) -> History:
    """A history of rounds: (round, first day of visits, target → tasks)."""
    return History(
        [
            {
                "round": name,
                "window": {"start": start, "end": start},
                "above_cap": list(spared),
                "visits": [{"id": i, "tasks": list(tasks)} for i, tasks in visits.items()],
            }
            for name, start, visits in rounds
        ]
    )
