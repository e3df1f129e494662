"""What `auditor check` says of exports, and the site lines that it proposes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from builders import FLANK, TOY, Row, order, report, write_exports

from auditor.config.pipeline import read_pipeline
from auditor.config.site import Site
from auditor.profile import SHOWN, profile_exports

# As a site may write them: quotes, backslashes, other alphabets, formulas, brackets.
NAMES = ("ZZ STUDY", 'THE "BIG" ONE', "A\\B 7", "ÉTUDE № 5", "=1+1 X", "[x] y # z")


def said(exports: Path, site: Site | None = None, folder: Path = FLANK) -> list[str]:
    paths = [str(exports / f"{name}.csv") for name in ("reports", "orders")]
    return list(profile_exports(paths, read_pipeline(folder, site or Site())))


def proposed(lines: list[str]) -> dict:
    """The site file that the proposed lines would make."""
    indented = [line.strip() for line in lines if line.startswith("    ")]
    return tomllib.loads("\n".join(indented))


def unknown(*rows: tuple[str, int]) -> list[Row]:
    return [
        order(f"P{name}{n}", 5, name, modality="") for name, count in rows for n in range(count)
    ]


@pytest.mark.parametrize("folder", [FLANK, TOY])
def test_the_proposed_lines_map_what_was_unknown(tmp_path, folder) -> None:
    exports = write_exports(tmp_path, [], unknown(*((name, 1) for name in NAMES)))
    lines = said(exports, folder=folder)
    site = proposed(lines)
    assert {entry["description"] for entry in site["procedures"]} == set(NAMES)
    mapped = said(exports, Site.model_validate(site), folder)
    assert not any("unknown procedures" in line for line in mapped)
    assert f"  kinds other {len(NAMES)}" in mapped


def test_what_occurs_most_is_proposed_first_with_its_count(tmp_path) -> None:
    rows = unknown(("ZZ RARE", 1), ("ZZ OFTEN", 3))
    bare = {"modality": "", "procedure_description": "", "procedure_code": "Z9-1"}
    coded = [order(f"C{n}", 5, "no name", **bare) for n in range(2)]
    lines = said(write_exports(tmp_path, [], [*rows, *coded]))
    start = next(n for n, line in enumerate(lines) if "unknown procedures: 3" in line)
    assert "index_radiograph" in lines[start] and "ct" in lines[start]
    assert [line.strip() for line in lines[start + 1 : start + 9]] == [
        *("# 3 rows", "[[procedures]]", 'description = "ZZ OFTEN"', 'role = "other"'),
        *("# 2 rows", "[[procedures]]", 'code = "Z9-1"', 'role = "other"'),
    ]


def test_many_unknown_descriptions_are_counted_and_the_first_proposed(tmp_path) -> None:
    rows = unknown(*((f"ZZ{n} STUDY", 1) for n in range(SHOWN + 5)))
    lines = said(write_exports(tmp_path, [], rows))
    assert any(f"unknown procedures: {SHOWN + 5}" in line for line in lines)
    assert len(proposed(lines)["procedures"]) == SHOWN


def test_a_report_that_says_nothing_of_its_procedure_cannot_be_mapped(tmp_path) -> None:
    bare = report("P", text="Nothing to tell.", modality="", procedure_description="")
    lines = said(write_exports(tmp_path, [bare]))
    assert "  rows with neither description nor code, and no modality known: 1" in lines
    assert not any("[[procedures]]" in line for line in lines)
