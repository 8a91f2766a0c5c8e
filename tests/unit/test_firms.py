"""One firm over the rounds: addresses that stay, an index that finds it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

from sites import ODD, renamed, site_of

from ssj.base.formats import plain
from ssj.site import firms, model


def rows(script: bytes) -> list[list]:
    text = script.decode()
    return json.loads("[" + text.removeprefix("ssj(").removesuffix(");\n") + "]")[1]


def test_every_name_code_and_number_is_found(published_sample60):
    site = renamed(site_of(published_sample60), list(ODD.values()))
    every = firms.firms(site)
    count, common, buckets = firms.index(every)
    assert not common
    for firm in every:
        keys = {a + b for a, b in pairwise(plain(firm.name))} | {plain(firm.id)}
        for key in keys:
            found = rows(buckets[firms.bucket(key, count)])
            assert [firm.name, firm.id] in [row[:2] for row in found]
        number = plain(firm.seen[0][2].number)
        assert number in [row[2] for row in rows(buckets[firms.bucket(number, count)])]
    assert all(b"<" not in script for script in buckets.values())


def test_an_address_follows_from_the_id_alone(published_sample60):
    site = site_of(published_sample60)
    one = firms.firms(site)[0]
    fewer = replace(
        site.rounds[0].now, visits=tuple(v for v in site.rounds[0].now.visits if v.id == one.id)
    )
    alone = replace(site, rounds=(replace(site.rounds[0], attempts=(fewer,)),))
    assert [f.link for f in firms.firms(alone)] == [one.link]
    assert one.link == f"firm/{firms.shard(one.id)}.html#{one.id}"


def test_many_firms_load_little():
    """20,000 firms: what one search loads stays below 60 KB."""
    its = model.Round("2021Q4", "", "", False, "", ("2021-12-06", "2021-12-31"), (), False, ())
    every = [
        firms.Firm(
            f"91{n:016}",
            f"样例县{chr(0x4E00 + n % 5000)}{chr(0x5E00 + n % 777)}建筑工程有限公司",
            [(its, 1, model.Visit(f"2021Q4-{n:05}", "", "", (), ()), None)],
        )
        for n in range(20_000)
    ]
    count, common, buckets = firms.index(every)
    assert "公司" in common and "有限" in common
    sizes = sorted(map(len, buckets.values()))
    assert sizes[-1] < 60_000, (count, sizes[-5:])
