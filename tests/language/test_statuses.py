"""What status words mean, for orders and for reports."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config.procedures import read_procedure_rules
from auditor.config.site import Site
from auditor.language.statuses import order_status, report_status

FOLDER = Path(__file__).parents[2] / "pipelines" / "flank_mass_calcification"
RULES = read_procedure_rules(FOLDER)

ORDERS = {
    "performed": """
        completed | Complete | DONE | exam ended | Exam Completed | final | resulted | CM | A | F
        available | fulfilled | Arrived and completed | technically complete
        """,
    "pending": """
        scheduled | Ordered | SC | IP | HD | in-progress | In Progress | in_progress | INPROGRESS
        active | on-hold | draft | requested | arrived | booked | awaiting vetting | NW | sched
        """,
    "not_performed": """
        cancelled | CANCELED | Cncl | CA | DC | D/C | discontinued | no-show | No Show | noshow
        NO_SHOW | revoked | entered-in-error | Entered in Error | not-done | DNA | refused | OC
        did not attend | patient declined | void | duplicate | expired | aborted | X | RP
        """,
    "unknown": """
        unknown | N/A | closed | partial | stopped | | zzz | outside | 42
        """,
}
REPORTS = {
    "preliminary": "preliminary | Prelim | P | R | wet read | unsigned | partial | transcribed",
    "final": "final | F | FINAL | Signed | verified | Auth (Verified) | finalised | | Final Report",
    "addendum": "addendum | Addended | appended | A | supplementary report | late entry",
    "corrected": "corrected | C | amended | revised | modified | re-issued",
    "cancelled": "cancelled | CANCELED | X | D | W | entered-in-error | retracted | wrong patient",
    "unknown": "unknown | zzz | registered | Y",
}


def words_of(table: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (word.strip(), status)
        for status, lines in table.items()
        for line in lines.strip().splitlines()
        for word in line.split("|")
    ]


@pytest.mark.parametrize(("word", "status"), words_of(ORDERS))
def test_order_status(word: str, status: str) -> None:
    assert order_status(RULES, word) == status


@pytest.mark.parametrize(("word", "status"), words_of(REPORTS))
def test_report_status(word: str, status: str) -> None:
    assert report_status(RULES, word) == status


@given(st.sampled_from([word for word, _ in words_of(ORDERS) + words_of(REPORTS)]))
def test_case_blanks_hyphens_and_underscores_are_ignored(word: str) -> None:
    for status in (order_status, report_status):
        expected = status(RULES, word)
        for written in (word.upper(), word.replace(" ", "_"), word.replace("-", " "), f" {word} "):
            assert status(RULES, written) == expected


def test_only_the_known_statuses_stand_in_the_tables() -> None:
    assert set(RULES.order_statuses.values()) == {
        "performed",
        "pending",
        "not_performed",
        "unknown",
    }
    assert set(RULES.report_statuses.values()) == {
        "preliminary",
        "final",
        "addendum",
        "corrected",
        "cancelled",
        "unknown",
    }


def test_a_sites_word_means_what_the_named_word_means_in_both_tables() -> None:
    site = Site(statuses={"ANN": "cancelled", "Z-DONE": "performed", "VALIDE": "final"})
    rules = read_procedure_rules(FOLDER, site=site)
    assert order_status(rules, "ann") == "not_performed"
    assert report_status(rules, "ANN") == "cancelled"
    assert order_status(rules, "z done") == "performed"
    assert report_status(rules, "Z-DONE") == "unknown"
    assert report_status(rules, "valide") == "final"
