"""What procedure an event is, when several rows tell of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from auditor.config.verdicts import VerdictRules
from auditor.language.facts import OrderFacts, ReportFacts
from auditor.pathway.versions import UNKNOWN_KIND

OTHER_KIND = "other"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a row says its procedure is, once its condition is settled."""

    kind: str
    qualifies: bool
    doubt: str
    coverage: str
    description: str
    from_report: bool
    by_text: bool


def choose_reading(
    rows: Sequence[ReportFacts | OrderFacts], remarks: Iterable[str], rules: VerdictRules
) -> Reading:
    """Read which procedure the rows of one event are about.

    A row that qualifies decides, a report's before an order's, then by the order of kinds in the
    rules; then a row in doubt, a row of another procedure, an unknown one. So a certain row
    settles the doubt of another, and a report of another site that of an unnamed one; a doubt
    about the purpose stays.

    Args:
        rows: The rows that decide, at least one, in any order.
        remarks: Kinds of the remarks that the event's texts make.
        rules: Kinds of event and the parts that remarks play.
    """
    kinds = set(remarks)
    parts = rules.pathway.remarks
    readings = sorted(
        (_read(row, rules, named=parts.lesion in kinds) for row in rows),
        key=lambda reading: _key(reading, list(rules.pathway.labels)),
    )
    best = readings[0]
    same = [reading for reading in readings if reading.kind == best.kind]
    if best.doubt == parts.unnamed_site:
        best = next((r for r in readings if _names_other_site(r, best)), best)
    return replace(
        best,
        doubt=_settle_doubt(best, same, kinds, rules),
        coverage=_widest(reading for reading in same if reading.qualifies),
        description=next((r.description for r in (best, *readings) if r.description), ""),
    )


def _names_other_site(reading: Reading, best: Reading) -> bool:
    """A report of the same procedure elsewhere, or one that only its text put elsewhere."""
    same = reading.kind == best.kind or (reading.kind == OTHER_KIND and reading.by_text)
    return reading.from_report and same and not reading.qualifies and not reading.doubt


def _read(row: ReportFacts | OrderFacts, rules: VerdictRules, *, named: bool) -> Reading:
    """Settle a row's condition; `named`: a text of the event names the lesion."""
    procedure = row.procedure
    unnamed = rules.pathway.remarks.unnamed_site
    kind, qualifies, doubt = procedure.kind, procedure.qualifies, procedure.doubt
    if procedure.condition == "names_lesion":
        qualifies = named
    elif procedure.condition == "names_site" or doubt == unnamed:
        qualifies, doubt = named, "" if named else unnamed
    specimen = rules.pathway.specimen
    if specimen and kind == specimen.report and (qualifies or doubt):
        kind = specimen.event
    return Reading(
        kind=kind,
        qualifies=qualifies,
        doubt=doubt,
        coverage=procedure.coverage,
        description=row.procedure_description,
        from_report=isinstance(row, ReportFacts),
        by_text=procedure.basis == "text",
    )


def _key(reading: Reading, order: Sequence[str]) -> tuple[object, ...]:
    place = order.index(reading.kind) if reading.kind in order else len(order)
    if reading.doubt:
        tier = 1
    elif reading.qualifies:
        tier = 0
    elif reading.kind in order:
        tier = 2
    else:
        tier = 4 if reading.kind == UNKNOWN_KIND else 3
    # Ties by all else that a reading tells.
    rest = (reading.doubt, reading.coverage, reading.description, reading.by_text, reading.kind)
    return (tier, not reading.from_report, place, *rest)


def _settle_doubt(
    best: Reading, same: Iterable[Reading], remarks: Iterable[str], rules: VerdictRules
) -> str:
    """The deciding row's doubt; a doubt about the purpose stays whichever row or text has it."""
    if not best.qualifies and not best.doubt:
        return ""
    in_doubt = rules.pathway.remarks.in_doubt
    stays = {reading.doubt for reading in same if reading.doubt in in_doubt}
    stays |= {code for code in remarks if in_doubt.get(code) == best.kind}
    return min(stays, default=best.doubt)


def _widest(readings: Iterable[Reading]) -> str:
    """Partial only where no row covers more."""
    found = {reading.coverage for reading in readings}
    if "full" in found:
        return "full"
    return "partial" if found == {"partial"} else ""
