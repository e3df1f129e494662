"""Why a case was judged as it was, for a terminal: timeline, sentences with their cues, rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from auditor.config.workbook import WorkbookLabels
from auditor.pathway.model import Case
from auditor.workbook.evidence import find_words, index_words, is_of_sentence
from auditor.workbook.pathway_rows import describe_ground, list_rows
from auditor.workbook.results import RowFinding, Statement
from auditor.workbook.text import clean_text


def explain_case(
    case: Case,
    findings: Iterable[RowFinding],
    labels: WorkbookLabels,
    statements: Iterable[Statement] = (),
) -> Group:
    """Explain one case.

    Args:
        case: The case.
        findings: Findings of its patient; others are passed over.
        labels: Words of the pipeline.
        statements: Guideline statements by whose id grounds are backed.

    Returns:
        What `rich` prints. All texts are plain text, never markup.
    """
    statements = tuple(statements)
    own = [item for item in findings if item.patient_id == case.evidence.patient_id]
    return Group(
        _head(case, labels),
        _timeline(case, labels, statements),
        *_evidence(case, own, labels),
        *_grounds(case, labels, statements),
    )


def _head(case: Case, labels: WorkbookLabels) -> Text:
    evidence = case.evidence
    flags = ", ".join(labels.word("flag", flag) for flag in case.flags)
    head = Text(f"{case.case_id}  ", style="bold")
    head.append(labels.word("status", case.status), style="bold reverse")
    if flags:
        head.append(f"  {flags}", style="bold")
    if case.exclusion_reason:
        head.append(f"  {labels.word('exclusion', case.exclusion_reason)}")
    facts = (
        ("age_group", labels.word("age_group", case.age_group)),
        ("certainty", labels.word("certainty", evidence.certainty)),
        ("laterality", labels.word("laterality", evidence.laterality)),
        ("index_datetime", evidence.exam_datetime),
        ("facility", evidence.facility),
        ("pathway", case.pathway),
        ("open_until", case.open_until),
    )
    for name, value in facts:
        if value:
            head.append(clean_text(f"\n{labels.column(name).heading}: {value}"))
    return head


def _timeline(case: Case, labels: WorkbookLabels, statements: Sequence[Statement]) -> Table:
    words = labels.words
    table = Table(title_justify="left", expand=False)
    table.add_column(words.day, justify="right")
    for heading in (words.date, words.what, words.performed, words.effect):
        table.add_column(heading, overflow="fold")
    for row in list_rows(case, labels, statements):
        day = "" if row.day is None else str(row.day)
        texts = (day, row.when, row.what, row.performed, row.effect)
        table.add_row(*(Text(clean_text(text)) for text in texts))
    return table


def _evidence(
    case: Case, findings: Sequence[RowFinding], labels: WorkbookLabels
) -> list[RenderableType]:
    """Each part's sentence, deciding words in bold, and the findings read in it."""
    patient_id = case.evidence.patient_id
    index = index_words(findings, frozenset([patient_id]))
    shown: list[RenderableType] = []
    for part, sentence in case.evidence.sentences:
        safe = clean_text(sentence)
        text = Text(safe)
        for start, end in find_words(safe, patient_id, part, index):
            text.stylize("bold", start, end)
        shown += [Text(f"\n{labels.column(f'{part}_evidence').heading}", style="bold"), text]
        read = [
            item
            for item in findings
            if item.finding.part == part and is_of_sentence(item.finding.sentence, safe)
        ]
        shown += [Padding(_finding(item, labels), (0, 0, 0, 2)) for item in _ordered(read)]
    return shown


def _ordered(findings: Iterable[RowFinding]) -> list[RowFinding]:
    return sorted(findings, key=lambda item: (item.row_id, item.finding.start, item.finding.rule))


def _finding(item: RowFinding, labels: WorkbookLabels) -> Text:
    """One finding: its words, where it stands, how it is asserted, and by which rules."""
    finding = item.finding
    pieces = [
        f"“{finding.text}”",
        f"{item.row_id} {finding.start}–{finding.end}",
        labels.word("section", finding.section),
        labels.word("assertion", finding.assertion),
        f"{labels.column('rule').heading.lower()} {finding.rule}",
    ]
    if finding.cue:
        pieces.append(f"{labels.column('cue').heading.lower()} “{finding.cue}” {finding.cue_rule}")
    if finding.explained_by:
        pieces.append(f"{labels.column('explained_by').heading.lower()} {finding.explained_by}")
    if finding.link:
        pieces.append(labels.word("link", finding.link))
    return Text(clean_text(" · ".join(piece.strip() for piece in pieces)), style="dim")


def _grounds(
    case: Case, labels: WorkbookLabels, statements: Sequence[Statement]
) -> list[RenderableType]:
    """Each ground with the rule behind it and the statement that the rule rests on."""
    texts = {statement.id: statement for statement in statements}
    shown: list[RenderableType] = []
    for ground in case.grounds:
        shown.append(Text(clean_text(f"\n{describe_ground(ground, labels)}"), style="bold"))
        shown.append(Text(clean_text(f"{labels.words.clause}: {ground.clause}")))
        if ground.statement:
            known = texts.get(ground.statement)
            backing = f"{ground.statement}: {known.text} ({known.source})" if known else None
            line = f"{labels.words.statement}: {backing or ground.statement}"
            shown.append(Text(clean_text(line)))
    return shown
