"""`auditor explain`: everything behind a verdict, as plain text."""

from __future__ import annotations

from rich.console import Console
from workbook_builders import make_case, make_evidence, make_finding, make_run, read_labels

from auditor.pathway.model import Case, Ground
from auditor.workbook.explain import explain_case
from auditor.workbook.results import RowFinding

LABELS = read_labels()
SENTENCE = "Probable [red]mass[/red] in the left flank\x1b[31m."


def explained(case: Case, *findings: RowFinding) -> str:
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(explain_case(case, findings, LABELS, make_run().statements))
    return console.export_text()


def flagged() -> Case:
    ground = Ground("mri_first", "flag", "An MRI must not come first.", "S1", (), "MRI on day 3")
    evidence = make_evidence(sentences=(("mass", SENTENCE), ("calcification", "Calcified.")))
    return make_case(
        status="non_compliant", flags=("mri_first",), grounds=(ground,), evidence=evidence
    )


def test_it_tells_timeline_sentences_cues_and_rules() -> None:
    finding = make_finding("mass", SENTENCE, "mass", cue="Probable", cue_rule="hedge.3")
    text = explained(flagged(), RowFinding("P0001", "R-P0001", finding))
    for wanted in (
        *("C-P0001", "Non-compliant", "MRI first", "XR → CT (12 d)", "CT: CT ABDOMEN"),
        *("“mass”", "rule mass.1", "cue “Probable” hedge.3", "R-P0001 14–18"),
        *("An MRI must not come first.", "S1: CT is the next study", "(Site policy)"),
    ):
        assert wanted in text, wanted


def test_text_is_never_markup_and_never_steers_the_terminal() -> None:
    text = explained(flagged())
    assert "[red]mass[/red]" in text
    assert "\x1b" not in text


def test_findings_of_others_are_passed_over() -> None:
    stranger = RowFinding("P0002", "R", make_finding("mass", SENTENCE, "mass", rule="strange.1"))
    elsewhere = RowFinding("P0001", "R", make_finding("mass", "No mass.", "mass", rule="other.1"))
    text = explained(flagged(), stranger, elsewhere)
    assert "strange.1" not in text
    assert "other.1" not in text
