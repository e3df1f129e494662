"""A case's events as a person reads them: day, what was done, what it did to the verdict, why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case, Event, Ground
from auditor.workbook.dates import days_between
from auditor.workbook.figures import COMPLIANT
from auditor.workbook.results import Statement

# Which group of code words a ground's code belongs to.
_GROUPS = {
    "flag": "flag",
    "exclusion": "exclusion",
    "exception": "exclusion",
    "advisory": "advisory",
    "review": "review",
}


@dataclass(frozen=True, slots=True)
class PathwayRow:
    """One event, or one ground that rests on an absence (`day` is None then)."""

    day: int | None
    when: str
    kind: str
    what: str
    performed: str
    effect: str
    clause: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class StripCell:
    """One cell of a case's strip.

    `band` is `window`, `episode` or empty; `kind` is that of the event which colours the cell.
    """

    letters: str = ""
    kind: str = ""
    band: str = ""


def list_rows(
    case: Case, labels: WorkbookLabels, statements: Iterable[Statement]
) -> list[PathwayRow]:
    """The rows of a case: its events in order, then what rests on no event that is shown."""
    texts = {statement.id: statement.text for statement in statements}
    rows, told = [], set()
    for day, event in case.timeline:
        grounds = [ground for ground in case.grounds if event.event_id in ground.event_ids]
        new = [ground for ground in grounds if ground not in told]
        told.update(new)
        rows.append(
            PathwayRow(
                day=day,
                when=event.when,
                kind=event.kind,
                what=_what(event, labels),
                performed=labels.word("performed", event.performed),
                effect="\n".join(_effects(case, day, event, grounds, labels)),
                clause=_join(ground.clause for ground in new),
                statement=_join(_statement(ground, texts) for ground in new),
            )
        )
    rest = [ground for ground in case.grounds if ground not in told]
    return rows + [_absent(ground, labels, texts) for ground in rest]


def count_rows(case: Case) -> int:
    """How many rows `list_rows` gives."""
    shown = {event.event_id for _, event in case.timeline}
    return len(case.timeline) + sum(shown.isdisjoint(ground.event_ids) for ground in case.grounds)


def describe_ground(ground: Ground, labels: WorkbookLabels) -> str:
    """A ground as a phrase, e.g. `Flag: Too late (on day 70)`."""
    role = getattr(labels.words, f"role_{ground.role}", ground.role)
    phrase = f"{role}: {labels.word(_GROUPS.get(ground.role, ground.role), ground.code)}"
    return f"{phrase} ({ground.detail})" if ground.detail else phrase


def draw_strip(
    case: Case, labels: WorkbookLabels, as_of: str, window_days: int, episode_days: int
) -> list[StripCell]:
    """The case's time as cells of `strip_days` days, from before the index exam to the end.

    The bands end at the cut-off: what lies after it has not happened yet.
    """
    step = labels.strip_days
    before = -(-labels.strip_before // step)
    after = episode_days // step + 1
    known = days_between(case.evidence.exam_datetime, as_of)
    cells = []
    for number in range(-before, after):
        start = number * step
        events = [event for day, event in case.timeline if day // step == number]
        band = ""
        if 0 <= start and (known is None or start <= known):
            band = "window" if start <= window_days else "episode"
        cells.append(_strip_cell(events, band, labels))
    return cells


def strip_start(labels: WorkbookLabels) -> int:
    """The first day of the strip's first cell, from the index exam (negative)."""
    step = labels.strip_days
    return -(-labels.strip_before // step) * -step if labels.strip_before else 0


def _strip_cell(events: Sequence[Event], band: str, labels: WorkbookLabels) -> StripCell:
    done = [e for e in events if e.performed == "yes" and e.kind in labels.kinds]
    done.sort(key=lambda event: not event.qualifies)
    letters = [
        label.letter.upper() if event.qualifies else label.letter.lower()
        for event, label in ((event, labels.kinds[event.kind]) for event in done)
    ]
    kind = done[0].kind if done and done[0].qualifies else ""
    return StripCell("".join(dict.fromkeys(letters))[:3], kind, band)


def _what(event: Event, labels: WorkbookLabels) -> str:
    label = labels.kinds.get(event.kind)
    word = label.word if label else labels.word("kind", event.kind)
    return f"{word}: {event.description}" if event.description else word


def _effects(
    case: Case, day: int, event: Event, grounds: Sequence[Ground], labels: WorkbookLabels
) -> list[str]:
    words = labels.words
    if case.evidence.report_id in event.report_ids:
        return [words.index_exam, *(describe_ground(ground, labels) for ground in grounds)]
    effects = []
    first = day >= 0 and event.qualifies and (event.kind, event.when) in case.firsts
    if first and event.performed == "yes":
        text = words.first_of_kind.format(kind=labels.kinds[event.kind].word)
        if case.status == COMPLIANT and event.kind == labels.keys.required:
            text = f"{text}: {words.satisfies}"
        effects.append(text)
    elif event.performed == "no":
        effects.append(words.not_performed)
    elif event.performed == "unclear":
        effects.append(words.unclear)
    if event.doubt:
        effects.append(labels.word("doubt", event.doubt))
    effects += [describe_ground(ground, labels) for ground in grounds]
    return effects or [words.neutral]


def _absent(ground: Ground, labels: WorkbookLabels, texts: dict[str, str]) -> PathwayRow:
    return PathwayRow(
        day=None,
        when="",
        kind="",
        what=labels.words.absence if not ground.event_ids else "",
        performed="",
        effect=describe_ground(ground, labels),
        clause=ground.clause,
        statement=_statement(ground, texts),
    )


def _statement(ground: Ground, texts: dict[str, str]) -> str:
    if not ground.statement:
        return ""
    text = texts.get(ground.statement, "")
    return f"{ground.statement}: {text}" if text else ground.statement


def _join(texts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(text for text in texts if text))
