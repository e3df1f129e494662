"""Why a case was judged so, from a ledger or an output folder; and how a text is read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from auditor.config.pipeline import Pipeline
from auditor.errors import ConfigError, OutputError
from auditor.language.facts import Finding, PatientFacts
from auditor.ledger.store import open_ledger
from auditor.pathway.cases import find_evidence
from auditor.pathway.verdicts import judge_patient
from auditor.privacy.finder import IdentifierFinder
from auditor.privacy.masking import mask_patient
from auditor.workbook.explain import explain_case
from auditor.workbook.results import RowFinding, Statement

_STYLES = {
    "affirmed": "bold green",
    "hedged": "bold yellow",
    "negated": "red",
    "question": "magenta",
    "historical": "blue",
    "other_person": "blue",
    "conditional": "magenta",
    "not_stated": "dim",
}


def explain_from_ledger(case_id: str, url: str, pipeline: Pipeline) -> RenderableType:
    """Explain a case of a ledger: judged again from its facts, as of its last run.

    Raises:
        LedgerError: The ledger cannot be read.
        ConfigError: It has no such case.
    """
    with open_ledger(url, must_exist=True) as ledger:
        row = ledger.find_case(case_id)
        if row is None:
            raise ConfigError(f"{case_id}: the ledger has no such case now. See cases.csv for ids.")
        facts = ledger.patient(row.patient_id)
        if pipeline.site.privacy.residual_identifiers == "redact":
            facts = mask_patient(facts, IdentifierFinder())
        as_of = ledger.runs()[-1].as_of
        steps = ledger.history(case_id)
    shown = _explain_facts(case_id, facts, pipeline, as_of)
    history = Table(title="History", title_justify="left")
    for heading in ("Run", "Change", "Status", "Flags", "What differed"):
        history.add_column(heading, overflow="fold")
    for step in steps:
        case = step.case
        flags, fields = ", ".join(case.flags), ", ".join(step.fields)
        history.add_row(*map(Text, (step.run_id, step.change, case.status, flags, fields)))
    return Group(shown, history)


def _explain_facts(
    case_id: str, facts: PatientFacts, pipeline: Pipeline, as_of: str
) -> RenderableType:
    evidences = find_evidence(facts, pipeline.cases)
    cases = judge_patient(facts, evidences, pipeline.verdicts, as_of=as_of)
    case = next((case for case in cases if case.case_id == case_id), None)
    if case is None:
        raise ConfigError(
            f"{case_id}: by the present pipeline folder this is no longer a case. "
            "Judge the ledger again with a run."
        )
    return explain_case(case, row_findings(facts), pipeline.labels, _statements(pipeline))


def row_findings(facts: PatientFacts) -> list[RowFinding]:
    """All findings of a patient with the rows that they were read in."""
    rows = [
        RowFinding(facts.patient_id, report.report_id, finding)
        for report in facts.reports
        for finding in report.findings
    ]
    rows += [
        RowFinding(facts.patient_id, order.order_id, finding)
        for order in facts.orders
        for finding in order.findings
    ]
    return rows


def _statements(pipeline: Pipeline) -> list[Statement]:
    return [
        Statement(key, statement.text, statement.source)
        for key, statement in pipeline.verdicts.statements.items()
    ]


def explain_from_outputs(case_id: str, folder: Path, pipeline: Pipeline) -> RenderableType:
    """Explain a case from the tables of an output folder.

    Raises:
        OutputError: The folder has no such tables.
        ConfigError: It has no such case.
    """
    case = _rows(folder, "cases", case_id, "case_id")
    if case.empty:
        raise ConfigError(f"{case_id}: {folder / 'cases.csv'} has no such case.")
    row = case.iloc[0]
    patient = str(row["patient_id"])
    head = Table(show_header=False, box=None)
    for name, value in row.items():
        if value:
            head.add_row(Text(pipeline.labels.column(str(name)).heading, style="bold"), Text(value))
    return Group(
        Text(f"{case_id}", style="bold"),
        head,
        _grounds_table(_rows(folder, "grounds", case_id, "case_id")),
        _events_table(_rows(folder, "events", patient, "patient_id"), case_id),
        _findings_table(_rows(folder, "findings", patient, "patient_id")),
    )


def _rows(folder: Path, name: str, key: str, column: str) -> pd.DataFrame:
    path = folder / f"{name}.csv"
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise OutputError(f"{path}: cannot be read. Is {folder} the folder of a run?") from error
    return table[table[column] == key]


def _grounds_table(rows: pd.DataFrame) -> Table:
    table = Table(title="Why", title_justify="left")
    for heading in ("Kind", "Code", "What happened", "Rule", "Rests on"):
        table.add_column(heading, overflow="fold")
    for _, row in rows.iterrows():
        _add_cells(table, row, ("role", "code", "detail", "clause", "statement"))
    return table


def _events_table(rows: pd.DataFrame, case_id: str) -> Table:
    table = Table(title="Events", title_justify="left")
    for heading in ("When", "Kind", "Description", "Performed", "Qualifies"):
        table.add_column(heading, overflow="fold")
    for _, row in rows.iterrows():
        if case_id in row["case_ids"].split(";"):
            names = ("event_datetime", "kind", "description", "performed", "qualifies")
            _add_cells(table, row, names)
    return table


def _findings_table(rows: pd.DataFrame) -> Table:
    table = Table(title="Findings", title_justify="left")
    for heading in ("Row", "Words", "Section", "Asserted", "Cue", "Rule", "Sentence"):
        table.add_column(heading, overflow="fold")
    names = ("row_id", "text", "section", "assertion", "cue", "rule", "sentence")
    for _, row in rows.iterrows():
        _add_cells(table, row, names)
    return table


def _add_cells(table: Table, row: pd.Series, names: Iterable[str]) -> None:
    """Cells as they are: a text's square brackets would be markup to the library that prints."""
    table.add_row(*(Text(row[name]) for name in names))


def explain_text(text: str, pipeline: Pipeline) -> RenderableType:
    """How a text is read: each target with section, assertion, cue, rule and link, in colour."""
    from auditor.language.findings import FindingReader

    findings = FindingReader(pipeline.lexicon).read(text)
    shown: list[RenderableType] = [_marked(text, findings)]
    table = Table(show_lines=False)
    for heading in ("#", "Part", "Words", "Section", "Asserted", "Cue", "Rule", "Where", "Tied to"):
        table.add_column(heading, overflow="fold")
    for number, finding in enumerate(findings):
        table.add_row(
            str(number),
            finding.part,
            Text(finding.text),
            finding.section,
            Text(finding.assertion, style=_STYLES.get(finding.assertion, "")),
            Text(f"{finding.cue} [{finding.cue_rule}]" if finding.cue else ""),
            finding.rule,
            _where(finding),
            _tied(finding),
        )
    shown.append(table)
    return Group(*shown)


def _marked(text: str, findings: tuple[Finding, ...]) -> Text:
    marked = Text(text)
    for finding in findings:
        marked.stylize(_STYLES.get(finding.assertion, ""), finding.start, finding.end)
    return marked


def _where(finding: Finding) -> str:
    side = "" if finding.laterality == "unknown" else finding.laterality
    size = f"{finding.size_mm:g} mm" if finding.size_mm else ""
    return " ".join(part for part in (side, finding.place, size) if part)


def _tied(finding: Finding) -> str:
    if finding.explained_by:
        return f"{finding.explained_by}{'' if finding.explanation_certain else ' (offered)'}"
    return f"{finding.link} #{finding.link_index}" if finding.link_index >= 0 else finding.link
