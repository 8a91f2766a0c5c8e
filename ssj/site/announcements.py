"""Every announcement as an article for the county's portal: what is pasted, the lines that its form
asks for, and the attachments in kinds that it takes.

A portal may strip style and script and refuse ``.json`` and ``.html``: so the article has plain
elements only, holds the check in one line of SHA-256, and JSON goes along as ``.txt`` too (the
verifier takes files of any name).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ssj.base import formats
from ssj.base.templates import template
from ssj.protocol import sha256
from ssj.results import published
from ssj.site import datafiles, model, sentences

FOLDER = formats.ARTICLES  # in outputs/
KINDS = {
    "notice": "封库公告",
    "draw": "抽取结果公告",
    "changes": "抽后调整公告",
    "void": "抽取作废公告",
    "results": "检查结果公示",
    "plan": "年度抽查工作计划",
}


@dataclass(frozen=True)
class Block:
    """A section of an article."""

    head: str = ""
    paragraphs: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Article:
    """An announcement: ``name`` is its folder, ``round`` a round or year."""

    name: str
    kind: str
    round: str
    attempt: int
    title: str
    source: str
    day: str
    summary: str
    banners: tuple[str, ...]
    blocks: tuple[Block, ...]
    files: tuple[tuple[str, str, bytes], ...]  # name, what it is, content

    @property
    def attachments(self) -> list[tuple[str, str, str]]:
        return [(name, what, sha256(content)) for name, what, content in self.files]

    @property
    def keywords(self) -> str:
        return f"双随机，一公开，{KINDS[self.kind]}"


def articles(site: model.Site, outputs: Path) -> list[Article]:
    """Every announcement that may go out, oldest round first."""
    made = [_plan(site, plan) for plan in site.plans]
    for its in site.rounds:
        for attempt in its.attempts:
            made += _attempt(site, its, attempt, outputs)
    return made


def files_of(article: Article, site: model.Site) -> dict[str, bytes]:
    """The files of an article's folder, by name."""
    meta = [
        ("SiteName", site.bureau),
        ("SiteIDCode", site.about.site_code),
        ("ColumnName", "双随机、一公开"),
        ("ArticleTitle", article.title),
        ("PubDate", article.day),
        ("ContentSource", article.source),
        ("Keywords", article.keywords),
        ("Description", article.summary),
    ]
    page = template("site/article.html.j2").render(a=article, meta=[m for m in meta if m[1]])
    made = {
        "article.html": page.encode(),
        "article.txt": text(article).encode(),
        "lines.txt": lines(article).encode(),
    }
    for name, _, content in article.files:
        made[f"附件/{name}"] = content
        if name.endswith(".json"):
            made[f"附件/{name}.txt"] = content
    return made


def lines(article: Article) -> str:
    """What a portal's form asks for, a line each, to be copied."""
    told = {
        "标题": article.title,
        "来源": article.source,
        "日期": article.day,
        "关键词": article.keywords,
        "摘要": article.summary,
    }
    return "".join(f"{name}：{value}\r\n" for name, value in told.items())


def text(article: Article) -> str:
    """The article as text to paste."""
    made = [article.title, f"{article.source}　{article.day}", ""]
    made += [f"【{b}】" for b in article.banners]
    for block in article.blocks:
        made += [""] * bool(block.head) + [block.head] * bool(block.head)
        made += [f"　　{p}" for p in block.paragraphs]
        if block.rows:
            made.append("　".join(block.heads))
            made += ["　".join(row) for row in block.rows]
    if article.files:
        made += ["", "附件"]
        made += [f"{name}（{what}），校验码 {d}" for name, what, d in article.attachments]
    return "\r\n".join([*made, ""])


# --- what each says


def _attempt(
    site: model.Site, its: model.Round, now: model.Attempt, outputs: Path
) -> Iterator[Article]:
    contents = {name: (outputs / path).read_bytes() for name, path in now.files}
    nth = f"（第 {now.number} 次）" if len(its.attempts) > 1 else ""

    def article(
        kind: str, when: str, summary: str, *blocks: Block, files: tuple[str, ...] = ()
    ) -> Article:
        return Article(
            f"{its.id}-{now.number}-{kind}",
            kind,
            its.id,
            now.number,
            f"{its.bureau}{its.title}{KINDS[kind]}{nth}",
            its.bureau,
            formats.day(when[:10]),
            summary,
            _banners(now, kind),
            tuple(b for b in (*blocks, _ask(site)) if b.paragraphs or b.rows),
            tuple(
                (datafiles.NAMES[f], datafiles.WHAT[f], contents[f]) for f in files if f in contents
            ),
        )

    yield article("notice", now.frozen.time, *_notice(its, now), files=("notice.json",))
    if now.visits is not None and now.drawn:
        files = ("notice.json", "public.json")
        yield article("draw", its.publication_day, *_draw(now), files=files)
        if now.changes:
            last = now.changes[-1]
            yield article("changes", last.date, *_changes(now), files=("public.json",))
    if results := now.results:
        yield article("results", results.time, *_results(now, results), files=("results.json",))
    if now.void:
        why = (
            f"第 {now.number} 次抽取作废。理由：{now.void.reason}；批准：{now.void.approver}，"
            f"{formats.day(now.void.date)}。"
        )
        kept = "原来的档案保留不动，仍然可以核对。重新抽取要另行封库、公告，并用新的公开随机数。"
        yield article("void", now.void.line.time, why, Block(paragraphs=(why, kept)))


def _banners(now: model.Attempt, kind: str) -> tuple[str, ...]:
    void = () if kind == "void" or not now.void else (f"第 {now.number} 次抽取已作废，不作数",)
    late = () if kind in ("notice", "void") or now.announced else (sentences.NOT_ANNOUNCED,)
    return (*void, *now.banners, *late)


def _ask(site: model.Site) -> Block:
    """Whom to ask, as far as it is declared."""
    about = site.about
    told = [
        f"{name}：{value}"
        for name, value in (("电话", about.telephone), ("地址", about.address))
        if value
    ]
    return Block("咨询和监督", (f"{site.bureau}，{'，'.join(told)}。",)) if told else Block()


def _notice(its: model.Round, now: model.Attempt) -> tuple[str, Block, Block, Block]:
    summary = (
        f"{now.targets} 户的名录库、检查人员、事项和规则已经固定。"
        f"{formats.time(now.event.time)}在{now.event.place}公开产生随机数（{now.event.said}），"
        "可到场见证。"
    )
    window = formats.period({"start": its.window[0], "end": its.window[1]})
    return (
        summary,
        Block(
            paragraphs=(
                summary,
                f"封库校验码：{now.commitment}",
                "请在随机数产生以前保存本公告和附件：以后可以核对，名单就是由这一份得出的。",
            )
        ),
        Block(
            "时间和地点",
            (
                f"公开随机数：{formats.time(now.event.time)}，{now.event.place}。",
                f"如未能举行：{now.event.fallback}。",
                f"公布抽中的名单：{formats.day(its.publication_day)}起。检查期间：{window}。",
                f"封库校验码保管人：{'、'.join(now.event.custodians) or '（无）'}。",
            ),
        ),
        Block(
            f"名录库中可以公开名称的检查对象（{len(now.roster)} 户）",
            (f"另有 {now.unnamed} 户依法不公开名称。列入名单不等于被抽中。",)
            if now.unnamed
            else ("列入名单不等于被抽中。",),
            ("编号", "名称"),
            now.roster,
        ),
    )


def _check(now: model.Attempt) -> Block:
    """The check that needs no page of ours."""
    return Block(
        "自己核对",
        (
            "把下面一行放入任一 SHA-256 工具，应当得到抽取随机数：",
            f"ssj/1,seed,{now.commitment},{now.event.text}",
            f"抽取随机数：{now.event.seed}",
            "名单由抽取随机数和附件中的公告得出：在核验页中打开附件，可以核对全部步骤。",
        ),
    )


def _draw(now: model.Attempt) -> tuple[str, Block, Block]:
    unnamed = f"，其中 {now.unnamed_visits} 户依法不公开名称" if now.unnamed_visits else ""
    summary = f"从 {now.in_scope} 户中抽中 {now.total} 户{unnamed}。{sentences.NOT_COMPLIANT}"
    rows = tuple(
        (v.number, f"{v.name}（{v.id}）", "、".join(v.items), "、".join(v.officers))
        for v in now.visits or ()
    )
    heads = ("检查编号", "检查对象", "检查事项", "检查人员")
    return summary, Block("", (summary,), heads, rows), _check(now)


def _changes(now: model.Attempt) -> tuple[str, Block]:
    summary = f"抽中的检查对象和事项不变，更换过检查人员 {len(now.changes)} 次。"
    rows = tuple((c.date, c.reason, c.approver, str(c.visits)) for c in now.changes)
    heads = ("日期", "理由", "批准", "涉及（户次）")
    return summary, Block(
        "", (summary, "由签号在后、符合条件的人依次递补，不由人挑选。"), heads, rows
    )


def _results(now: model.Attempt, results: model.Results) -> tuple[str, Block]:
    summary = (
        f"{sentences.published_of(now)}已公示的 {len(results.shown)} 户中"
        f" {results.problems} 户发现问题。"
    )
    rows = []
    for r in sorted(results.shown, key=lambda r: not r.problem):
        told = [
            f"{f.name}：{f.entry or '；'.join(f.results)}"
            + (f"（处置：{'、'.join(f.measure)}）" if f.measure else "")
            for f in r.findings
        ]
        rows.append(
            (f"{r.name}（{r.number}，{r.id}）", r.date, "。".join([*told, *r.notes]) or r.entry)
        )
    heads = ("检查对象", "检查日期", "事项和结果")
    return summary, Block("", (summary, published.LIMITS), heads, tuple(rows))


def _plan(site: model.Site, plan: model.Plan) -> Article:
    approved = "；".join(f"{who}，{formats.day(when)}" for who, when in plan.approved)
    summary = f"{plan.year} 年随机抽查 {len(plan.rounds)} 个批次、{len(plan.tasks)} 项任务。"
    tasks = tuple(
        (t.name, "、".join(t.items), "、".join(t.categories), "、".join(t.departments))
        for t in plan.tasks
    )
    rounds = tuple((i, formats.day(start), formats.day(end)) for i, start, end in plan.rounds)
    return Article(
        f"{plan.year}-plan-{plan.attempt}",
        "plan",
        str(plan.year),
        plan.attempt,
        f"{plan.bureau}{plan.title}",
        plan.bureau,
        formats.day(plan.line.time[:10]),
        summary,
        ("演示计划：样例数据，不作执法依据",) if plan.demonstration else (),
        (
            Block("", (summary, f"批准：{approved}。")),
            Block("批次和检查期间", (), ("批次", "从", "到"), rounds),
            Block("抽查任务", (), ("任务", "事项", "对象类别", "部门"), tasks),
            *([_ask(site)] if _ask(site).paragraphs else []),
        ),
        (),
    )
