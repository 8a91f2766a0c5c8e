"""Working days: the 2021 National Day with 调休, years of our own, uncovered years, the notice
before the event.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ssj.base.errors import InputError
from ssj.base.workdays import notice_problems, read_calendar

# 国庆节 2021：10 月 1 日至 7 日放假调休，9 月 26 日（星期日）、10 月 9 日（星期六）上班
NATIONAL_DAY = {
    "2021-09-25": False,
    "2021-09-26": True,
    "2021-09-27": True,
    "2021-09-30": True,
    "2021-10-01": False,
    "2021-10-04": False,
    "2021-10-07": False,
    "2021-10-08": True,
    "2021-10-09": True,
    "2021-10-10": False,
    "2021-10-11": True,
}


@pytest.mark.parametrize(("day", "expected"), NATIONAL_DAY.items())
def test_national_day_2021(day, expected, tmp_path):
    assert read_calendar(tmp_path / "calendar.toml")(date.fromisoformat(day)) is expected


UNCOVERED = (
    "calendar.xlsx：不知道 2031 年的节假日安排，现为“2031-01-06”。请按国务院办公厅通知填写 "
    "params/calendar.xlsx。"
)


def test_uncovered_year(tmp_path):
    with pytest.raises(InputError) as caught:
        read_calendar(tmp_path / "calendar.toml")(date(2031, 1, 6))
    assert [str(p) for p in caught.value.problems] == [UNCOVERED]


def declared(tmp_path, years, holidays, workdays):
    days = (f"[{', '.join(map(str, some))}]" for some in (years, holidays, workdays))
    path = tmp_path / "calendar.toml"
    path.write_text("years = {}\nholidays = {}\nworkdays = {}\n".format(*days), encoding="utf-8")
    return read_calendar(path)


def test_own_calendar_extends(tmp_path):
    is_workday = declared(tmp_path, [2031], ["2031-01-06"], ["2031-01-04"])
    assert [is_workday(date(2031, 1, day)) for day in (4, 5, 6, 7)] == [True, False, False, True]
    assert is_workday(date(2021, 10, 9)) is True, "other years as before"
    with pytest.raises(InputError, match="不知道 2032 年"):
        is_workday(date(2032, 1, 5))


def of_2021(change=()):
    """2021 as the library has it, but for these days."""
    import chinese_calendar

    days = [date(2021, 1, 1) + timedelta(n) for n in range(365)]
    works = {day: chinese_calendar.is_workday(day) != (str(day) in change) for day in days}
    holidays = [day for day in days if day.weekday() < 5 and not works[day]]
    return holidays, [day for day in days if day.weekday() > 4 and works[day]]


def test_own_calendar_never_overrides(tmp_path):
    with pytest.raises(InputError) as caught:
        declared(tmp_path, [2031, 2021], *of_2021(["2021-10-08"]))
    assert [str(p).partition("，现为")[0] for p in caught.value.problems] == [
        "calendar.toml 参数 years：2021 年的节假日安排程序已经知道，写的与它不同"
    ]
    assert caught.value.problems[0].value == "2021-10-08"


def test_a_year_that_the_library_came_to_know_may_stay(tmp_path):
    """A declared year is in archives for ever; a later library knows it too."""
    is_workday = declared(tmp_path, [2021], *of_2021())
    assert all(is_workday(date.fromisoformat(day)) is works for day, works in NATIONAL_DAY.items())


CALENDARS = {
    "no TOML": ("years = [2031", "不合 TOML 书写规则"),
    "part missing": ("years = [2031]\nholidays = []\n", "应写明 years、holidays、workdays 三项"),
    "part too many": (
        "years = []\nholidays = []\nworkdays = []\nfestivals = []\n",
        "应写明 years、holidays、workdays 三项",
    ),
    "dates as text": (
        'years = [2031]\nholidays = ["2031-01-06"]\nworkdays = []\n',
        "years 应为年份，holidays、workdays 应为日期",
    ),
    "years as text": (
        'years = ["2031"]\nholidays = []\nworkdays = []\n',
        "years 应为年份，holidays、workdays 应为日期",
    ),
    "no year": (
        "years = [99999]\nholidays = []\nworkdays = []\n",
        "years 应为年份，holidays、workdays 应为日期",
    ),
    "one year, no list": (
        "years = 2031\nholidays = []\nworkdays = []\n",
        "years 应为年份，holidays、workdays 应为日期",
    ),
    "times": (
        "years = [2031]\nholidays = [2031-01-06T00:00:00]\nworkdays = []\n",
        "years 应为年份，holidays、workdays 应为日期",
    ),
}


@pytest.mark.parametrize(("text", "message"), CALENDARS.values(), ids=list(CALENDARS))
def test_calendar_that_cannot_be_used(text, message, tmp_path):
    (tmp_path / "calendar.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_calendar(tmp_path / "calendar.toml")
    assert [p.message for p in caught.value.problems] == [message]


# frozen on, event on, days of notice → working days found (the event's own day counts), or none if
# there are enough
NOTICES = {
    "three plain days": ("2021-11-22", "2021-11-25", 3, None),
    "two plain days": ("2021-11-23", "2021-11-25", 3, 2),
    "over a weekend": ("2021-11-19", "2021-11-23", 3, 2),
    "over National Day, with 调休": ("2021-09-30", "2021-10-11", 3, None),
    "over National Day, too short": ("2021-09-30", "2021-10-09", 3, 2),
    "the same day": ("2021-11-25", "2021-11-25", 1, 0),
    "the same day, no notice": ("2021-11-25", "2021-11-25", 0, None),
    "event before the freeze": ("2021-11-25", "2021-11-22", 3, 0),
}


@pytest.mark.parametrize(("frozen", "event", "days", "found"), NOTICES.values(), ids=list(NOTICES))
def test_notice(frozen, event, days, found, tmp_path):
    is_workday = read_calendar(tmp_path / "calendar.toml")
    problems = notice_problems(
        date.fromisoformat(frozen), date.fromisoformat(event), days, is_workday
    )
    assert [str(p) for p in problems] == (
        []
        if found is None
        else [
            (
                f"round.toml 参数 event.time：封库公告日 {frozen} 到公开随机数产生日只有 {found} "
                f"个工作日，应不少于 {days} 个，现为“{event}”。"
                "请推迟公开随机数产生的时间。"
            )
        ]
    )


def test_notice_over_an_uncovered_year(tmp_path):
    with pytest.raises(InputError, match="不知道 2031 年"):
        notice_problems(
            date(2031, 1, 6) - timedelta(3),
            date(2031, 1, 6),
            3,
            read_calendar(tmp_path / "calendar.toml"),
        )
