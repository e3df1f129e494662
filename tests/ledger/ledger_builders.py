"""Short facts, cases, results and runs for the ledger's tests."""

from __future__ import annotations

from typing import Any

from auditor.language.facts import Finding, OrderFacts, Procedure, Remark, ReportFacts
from auditor.ledger.records import CaseRow, InputRecord, ResultRow, RunRecord


def report(
    digest: str, patient_id: str = "P1", when: str = "2025-01-02", **more: Any
) -> ReportFacts:
    given = {
        "report_id": f"R{digest}",
        "accession": "",
        "report_datetime": "",
        "status": "final",
        "procedure": Procedure("radiograph", True),
        "findings": (Finding("mass", "lump", 3, 7, "findings", "A lump.", 0, "affirmed"),),
        "remarks": (Remark("advice", "ct"),),
    }
    return ReportFacts(
        row_digest=digest, patient_id=patient_id, exam_datetime=when, **{**given, **more}
    )


def order(digest: str, patient_id: str = "P1", when: str = "2025-01-02", **more: Any) -> OrderFacts:
    given = {
        "order_id": f"O{digest}",
        "accession": "",
        "performed_datetime": "",
        "status": "performed",
        "status_word": "completed",
        "procedure": Procedure("ct", True),
    }
    return OrderFacts(
        row_digest=digest, patient_id=patient_id, order_datetime=when, **{**given, **more}
    )


def case(case_id: str, status: str = "pending", patient_id: str = "P1", **row: str) -> CaseRow:
    return CaseRow(case_id, patient_id, status, (), "definite", {"case_id": case_id, **row})


def result(patient_id: str = "P1", settles_on: str = "2025-02-01", body: str = "{}") -> ResultRow:
    return ResultRow(patient_id, settles_on, body)


def record(run_id: str = "run-1", **more: Any) -> RunRecord:
    given = {
        "started": "2025-03-01T02:00:00",
        "tool_version": "0.1.0",
        "pipeline_name": "toy",
        "pipeline_version": "1.0",
        "pipeline_digest": "d1",
    }
    return RunRecord(run_id=run_id, **{**given, **more})


def input_record(digest: str = "f1", name: str = "reports.csv", **more: Any) -> InputRecord:
    given = {"table": "reports", "rows_in": 3, "rows_kept": 2, "rows_set_aside": 1}
    return InputRecord(digest=digest, name=name, **{**given, **more})
