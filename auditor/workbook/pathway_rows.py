"""A case's events as a person reads them: day, what was done, what it did to the verdict, why."""

from __future__ import annotations

import re
from collections import defaultdict
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
# What a detail may name by its code, e.g. `unnamed_site on day 6`.
_DETAIL_GROUPS = ("doubt", "flag", "advisory", "exclusion", "review")
_CODE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


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
                effect="\n".join(_effects(case, day, event, grounds, new, labels)),
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


def describe_ground(ground: Ground, labels: WorkbookLabels, *, in_full: bool = True) -> str:
    """A ground as a phrase, e.g. `Flag: Too late (on day 70)`; without what happened if not."""
    role = getattr(labels.words, f"role_{ground.role}", ground.role)
    phrase = f"{role}: {labels.word(_GROUPS.get(ground.role, ground.role), ground.code)}"
    detail = detail_in_words(ground.detail, labels)
    return f"{phrase} ({detail})" if detail and in_full else phrase


def detail_in_words(detail: str, labels: WorkbookLabels) -> str:
    """The detail of a ground, codes in it written as their words."""
    return _CODE.sub(lambda code: _word_of(code.group(), labels), detail)


def _word_of(code: str, labels: WorkbookLabels) -> str:
    for group in _DETAIL_GROUPS:
        if code in labels.codes.get(group, {}):
            return labels.word(group, code)
    return code.replace("_", " ")


def draw_strip(
    case: Case, labels: WorkbookLabels, as_of: str, window_days: int, episode_days: int
) -> list[StripCell]:
    """The case's time as cells, one for each of `strip_spans`.

    The bands end at the cut-off: what lies after it has not happened yet.
    """
    known = days_between(case.evidence.exam_datetime, as_of)
    events: dict[int, list[Event]] = defaultdict(list)
    for day, event in case.timeline:
        events[_strip_number(day, labels.strip_days)].append(event)
    cells = []
    for first, _ in strip_spans(labels, episode_days):
        band = ""
        if 0 <= first and (known is None or first <= known):
            band = "window" if first <= window_days else "episode"
        number = _strip_number(first, labels.strip_days)
        cells.append(_strip_cell(case, events.get(number, ()), band, labels))
    return cells


def strip_spans(labels: WorkbookLabels, episode_days: int) -> list[tuple[int, int]]:
    """First and last day of each cell of the strip, counted from the index exam.

    The index exam's day has a cell of its own: what came after it is not hidden behind it.
    """
    step = labels.strip_days
    before = -(-labels.strip_before // step)
    after = -(-episode_days // step)
    weeks_before = [(-number * step, -number * step + step - 1) for number in range(before, 0, -1)]
    weeks_after = [(number * step + 1, number * step + step) for number in range(after)]
    return [*weeks_before, (0, 0), *weeks_after]


def _strip_number(day: int, step: int) -> int:
    """The number of a day's cell: 0 for the index exam's day, negative before it."""
    return -(-day // step) if day > 0 else day // step


def _strip_cell(
    case: Case, events: Sequence[Event], band: str, labels: WorkbookLabels
) -> StripCell:
    """Letters of what was done; the colour is of the first that counts, the index exam last."""
    done = [e for e in events if e.performed == "yes" and e.kind in labels.kinds]
    done.sort(key=lambda event: (not event.qualifies, case.evidence.report_id in event.report_ids))
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
    case: Case,
    day: int,
    event: Event,
    grounds: Sequence[Ground],
    new: Sequence[Ground],
    labels: WorkbookLabels,
) -> list[str]:
    """What an event did; a ground is told in full once, at the first of its events."""
    words = labels.words
    told = [describe_ground(ground, labels, in_full=ground in new) for ground in grounds]
    if case.evidence.report_id in event.report_ids:
        return [words.index_exam, *told]
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
    return [*effects, *told] or [words.neutral]


def _absent(ground: Ground, labels: WorkbookLabels, texts: dict[str, str]) -> PathwayRow:
    return PathwayRow(
        day=None,
        when="",
        kind="",
        # A flag without an event rests on the absence of one; a note is of the case as a whole.
        what=labels.words.absence if ground.role == "flag" and not ground.event_ids else "",
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
