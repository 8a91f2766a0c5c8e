"""Working days with 调休, from ``chinesecalendar`` and, for years that it does not know,
``calendar.toml`` (or calendar.xlsx, :func:`ssj.tables.paramfiles.read_calendar`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ssj.base import tomls
from ssj.base.errors import InputError, Problem

YEARS = range(2000, 2200)  # that may be declared


def read_calendar(path: Path) -> Callable[[date], bool]:
    """A test for working days. The optional file names ``years``, and their ``holidays`` and
    ``workdays`` (调休上班).

    Errors: ``InputError`` when a date is asked for that neither source covers, or when the file
    can't be used or says otherwise of a year that ``chinesecalendar`` knows.
    """
    own: dict[str, list[Any]] = {"years": [], "holidays": [], "workdays": []}
    if path.exists():
        try:
            given = tomls.read(path)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(
                [Problem("R05", "不合 TOML 书写规则", "请检查后再试", file=path.name)]
            ) from error
        if given.keys() != own.keys():
            raise InputError(
                [Problem("R05", "应写明 years、holidays、workdays 三项", "请补上", file=path.name)]
            )
        if any(
            not isinstance(days, list)
            or any(type(day) is not (int if name == "years" else date) for day in days)
            or (name == "years" and any(day not in YEARS for day in days))
            for name, days in given.items()
        ):
            raise InputError(
                [
                    Problem(
                        "R05",
                        "years 应为年份，holidays、workdays 应为日期",
                        "请写成 years = [2027]，holidays = [2027-01-01]，不加引号",
                        file=path.name,
                    )
                ]
            )
        own = given
    return calendar(own, path.name)


def calendar(own: dict[str, list[Any]], file: str) -> Callable[[date], bool]:
    """A test for working days by what ``file`` declares, and by ``chinesecalendar``; errors as
    :func:`read_calendar` has them.
    """
    import chinese_calendar

    require_new(own, file)

    @cache  # the library looks through all its years each time
    def is_workday(day: date) -> bool:
        if day.year in own["years"]:
            return _declared(own, day)
        try:
            return chinese_calendar.is_workday(day)
        except NotImplementedError as error:
            raise InputError(
                [
                    Problem(
                        "R05",
                        f"不知道 {day.year} 年的节假日安排",
                        "请按国务院办公厅通知填写 params/calendar.xlsx",
                        file="calendar.xlsx",
                        value=str(day),
                    )
                ]
            ) from error

    return is_workday


def require_new(own: dict[str, list[Any]], file: str) -> None:
    """``InputError`` unless the declared years only extend what ``chinesecalendar`` knows: days of
    a year that it knows must be as it has them.
    """
    import chinese_calendar

    problems = []
    for year in own["years"]:
        days = [date(year, 1, 1) + timedelta(n) for n in range(366)]
        try:
            other = [
                day
                for day in days
                if day.year == year and chinese_calendar.is_workday(day) != _declared(own, day)
            ]
        except NotImplementedError:  # not known: that is what the file is for
            continue
        if other:
            problems.append(
                Problem(
                    "R05",
                    f"{year} 年的节假日安排程序已经知道，写的与它不同",
                    "只写程序不知道的年份，请删去这一年",
                    file=file,
                    column="years",
                    value=str(other[0]),
                )
            )
    if problems:
        raise InputError(problems)


def _declared(own: dict[str, list[Any]], day: date) -> bool:
    return day in own["workdays"] or (day.weekday() < 5 and day not in own["holidays"])


def after(day: date, count: int, is_workday: Callable[[date], bool]) -> date:
    """The ``count``-th working day after ``day``, which itself does not count."""
    while count:
        day += timedelta(1)
        count -= is_workday(day)
    return day


def notice_problems(
    frozen_on: date, event_on: date, notice_days: int, is_workday: Callable[[date], bool]
) -> list[Problem]:
    """A problem if fewer than ``notice_days`` working days lie between the notice and the event
    (its own day counts).
    """
    days = [frozen_on + timedelta(n) for n in range(1, (event_on - frozen_on).days + 1)]
    if (found := sum(map(is_workday, days))) >= notice_days:
        return []
    return [
        Problem(
            "R06",
            f"封库公告日 {frozen_on} 到公开随机数产生日只有 {found} 个工作日，应不少于 "
            f"{notice_days} 个",
            "请推迟公开随机数产生的时间",
            file="round.toml",
            column="event.time",
            value=str(event_on),
        )
    ]
