"""What papers are called, and where those of a round go."""

from __future__ import annotations

from pathlib import Path

from ssj.base import files

FOLDER = "检查文书"
OWN_TEMPLATES = "templates"  # in params/: the bureau's own
DISPATCH = "任务派发表"
REPORTS = QUARTERLY, BRIEFING, CONTENTS, REMARKS, SHEET = (
    "季度报告",
    "简报",
    "卷内目录",
    "备考表",
    "复核单",
)


def folder_of(outputs: Path, round_id: str, attempt: int) -> Path:
    """Where the inspection papers of an attempt go."""
    return outputs / round_id / "files" / files.file_name(FOLDER, attempt)
