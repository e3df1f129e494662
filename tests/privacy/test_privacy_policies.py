"""What is found on the labelled texts, and what each policy of a site does from end to end."""

import zipfile
from pathlib import Path

import pytest
from builders import FILM, FLANK, audit_folder, order, read_rows, report, write_exports
from labelled_texts import read_texts

from auditor.config.pipeline import read_pipeline
from auditor.config.privacy import Privacy
from auditor.config.site import Site
from auditor.errors import GateError
from auditor.privacy.finder import IdentifierFinder

PLANTED = ("Okonjo", "7719004", "614-555-0182", "r.okonjo@mail.example", "Halvardsen")
TEXT = (
    "Patient: Ruthanne Okonjo  MRN 7719004\n"
    "FINDINGS: Okonjo has a calcified mass in the left flank, call Dr. Halvardsen at 614-555-0182."
)


def _export(folder: Path, **more: str) -> Path:
    reports = [
        report("P1", text=TEXT, **more),
        report("P2", text="CT done. Mail r.okonjo@mail.example", procedure="CT ABDOMEN"),
    ]
    orders = [order("P1", 0, FILM, reason="Left flank mass, pt Ruthanne Okonjo 614-555-0182")]
    return write_exports(folder, reports, orders)


def _audit(folder: Path, policy: str, **more: str):
    privacy = Privacy(residual_identifiers=policy, sample_percent=100)
    rules = read_pipeline(FLANK, Site(privacy=privacy))
    ledger = str(folder / "ledger.db")
    return audit_folder(_export(folder, **more), folder / "out", rules=rules, ledger=ledger)


def _content(path: Path) -> bytes:
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as book:
        return b"".join(book.read(name) for name in book.namelist())


def _holding(folder: Path) -> set[str]:
    files = [*(folder / "out").iterdir(), folder / "ledger.db"]
    return {path.name for path in files if any(one.encode() in _content(path) for one in PLANTED)}


@pytest.mark.parametrize("half", ["held_out", "development"])
def test_recall_and_precision_on_the_labelled_texts(half) -> None:
    texts = [*read_texts(f"{half}_identified"), *read_texts(f"{half}_clean")]
    found = IdentifierFinder().find_all([text for text, _ in texts])
    marked = masked = claimed = wrong = 0
    for (text, marks), items in zip(texts, found, strict=True):
        covered = {place for item in items for place in range(item.start, item.end)}
        marked += len(marks)
        masked += sum(
            all(place in covered for place in range(start, end) if text[place].isalnum())
            for _, start, end in marks
        )
        claimed += len(items)
        wrong += sum(
            not any(i.start < end and start < i.end for _, start, end in marks) for i in items
        )
    assert marked >= 270
    assert masked / marked >= 0.98
    assert wrong / claimed <= 0.01


def test_screening_leaves_out_nothing() -> None:
    texts = [
        text for half in ("held_out", "development") for text, _ in read_texts(f"{half}_clean")
    ]
    texts += [text for text, _ in read_texts("held_out_identified")]
    finder = IdentifierFinder()
    assert finder.find_all(texts) == [finder.find_by(text) for text in texts]


def test_report_lists_by_row_and_prints_no_value(tmp_path) -> None:
    _audit(tmp_path, "report")
    rows = read_rows(tmp_path / "out" / "identifiers.csv")
    kinds = {(row["table"], row["line"], row["identifier_kind"]) for row in rows}
    assert {("reports", "2", "mrn"), ("orders", "2", "phone")} <= kinds
    assert not _holding(tmp_path) & {"identifiers.csv", "run.json"}
    assert "cases.csv" in _holding(tmp_path)


def test_redact_masks_all_that_is_kept_and_changes_no_verdict(tmp_path) -> None:
    plain = _audit(tmp_path / "plain", "report")
    masked = _audit(tmp_path / "masked", "redact")
    assert _holding(tmp_path / "masked") == set()
    assert "[NAME] has a calcified mass" in (tmp_path / "masked/out/cases.csv").read_text()
    for one, other in zip(plain.cases, masked.cases, strict=True):
        assert (one.case_id, one.status, one.flags) == (other.case_id, other.status, other.flags)
    places = [[(f.finding.start, f.finding.end) for f in run.findings] for run in (plain, masked)]
    assert places[0] == places[1]


def test_stop_ends_before_anything_is_written(tmp_path) -> None:
    with pytest.raises(GateError, match=r"reports\.csv line 2 report_text") as raised:
        _audit(tmp_path, "stop")
    assert raised.value.exit_code == 4
    assert not any(value in str(raised.value) for value in PLANTED)
    assert not (tmp_path / "out").exists()


def test_a_key_that_is_no_pseudonym_cannot_be_redacted(tmp_path) -> None:
    with pytest.raises(GateError, match="pseudonyms"):
        _audit(tmp_path, "redact", accession="219-09-9921")
