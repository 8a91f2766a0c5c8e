"""What is looked for across rows and tables: code of the rule → its finder."""

from __future__ import annotations

from ssj.rosters import item_finders, item_versions, officer_finders, plan_finders, target_finders
from ssj.tables.across import Finder

FINDERS: dict[str, Finder] = (
    item_finders.FINDERS
    | item_versions.FINDERS
    | target_finders.FINDERS
    | officer_finders.FINDERS
    | plan_finders.FINDERS
)
