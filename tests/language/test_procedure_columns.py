"""The procedures of columns are those of their rows, one by one."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
from builders import ORDERS, REPORTS, pipeline
from hypothesis import given
from hypothesis import strategies as st

from auditor.language.procedure_columns import classify_rows, combine_columns
from auditor.language.procedures import classify_order, classify_report

RULES = pipeline().procedures
MODALITY = st.sampled_from(["", "CR", "CT", "MR", "US", "PATH", "??"])
CODE = st.sampled_from(["", "74018", "74176", "99999", "36643-5"])
SYSTEM = st.sampled_from(["", "CPT", "LOINC", "local"])
DESCRIPTION = st.sampled_from(
    [
        *("", "XR ABDOMEN", "CT ABDOMEN PELVIS", "CT GUIDED BIOPSY", "HISTOPATHOLOGY", "ZZTOP"),
        *("BIOPSY", "US GUIDED CORE BIOPSY RETROPERITONEUM", "MRI LUMBAR SPINE", "XR"),
    ]
)
TEXT = st.sampled_from(
    [
        *(
            "",
            "EXAM: XR ABDOMEN\nNormal.",
            "Biopsy of a left flank mass.",
            "Renal biopsy.",
        ),
        *("CT ABDOMEN WITH CONTRAST\nThe procedure was not performed.", "flank mass"),
    ]
)
ROW = st.tuples(MODALITY, CODE, SYSTEM, DESCRIPTION, TEXT)
NAMES = ("modality", "procedure_code", "procedure_code_system", "procedure_description")


def batch(table: str, rows: list[tuple[str, ...]]) -> pa.RecordBatch:
    text = "report_text" if table == "reports" else "reason"
    columns = REPORTS if table == "reports" else ORDERS
    arrays = {name: pa.array([""] * len(rows), pa.string()) for name in columns}
    for number, name in enumerate((*NAMES, text)):
        arrays[name] = pa.array([row[number] for row in rows], pa.string())
    return pa.RecordBatch.from_pydict(arrays)


@given(st.lists(ROW, max_size=12))
def test_reports_and_orders(rows) -> None:
    for table in ("reports", "orders"):
        found = classify_rows(RULES, batch(table, rows), table)
        alone = []
        for modality, code, system, description, text in rows:
            named = {
                "modality": modality,
                "code": code,
                "code_system": system,
                "description": description,
            }
            if table == "reports":
                alone.append(classify_report(RULES, **named, text=text))
            else:
                alone.append(classify_order(RULES, **named, reason=text))
        assert list(found) == alone
        assert found.of_index("radiograph").tolist() == [
            one.kind == "radiograph" and one.qualifies for one in alone
        ]
        assert found.unknown == Counter(
            (description, modality, code)
            for (modality, code, _, description, _), one in zip(rows, alone, strict=True)
            if one.kind == "unknown"
        )


@given(st.lists(st.tuples(*[st.text(max_size=2)] * 4), max_size=20))
def test_combinations_and_numbers_give_the_columns_back(rows) -> None:
    columns = [pa.array([row[n] for row in rows], pa.string()) for n in range(4)]
    combinations, numbers = combine_columns(columns)
    assert [combinations[number] for number in numbers] == rows
    assert len(set(combinations)) == len(combinations)
