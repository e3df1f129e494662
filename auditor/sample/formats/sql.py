"""Rows -> an SQLite database with a hospital's own names, and a site file with the queries."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from auditor.errors import OutputError
from auditor.sample.formats.files import open_file
from auditor.sample.rows import Row

# The hospital's name of each contract column.
_REPORTS = {
    **{"patient_id": "mrn", "report_id": "doc_no", "accession": "acc_no"},
    **{"exam_datetime": "exam_dt", "report_datetime": "signed_dt", "report_status": "doc_status"},
    **{"modality": "mod", "procedure_code": "proc_cd", "procedure_code_system": "proc_cd_sys"},
    **{"procedure_description": "proc_name", "report_text": "narrative", "facility": "site_name"},
    **{"patient_age": "age_yrs", "patient_sex": "sex"},
}
_ORDERS = {
    **{"patient_id": "mrn", "order_id": "ord_no", "accession": "acc_no"},
    **{"order_datetime": "ord_dt", "performed_datetime": "done_dt", "status": "ord_status"},
    **{"modality": "mod", "procedure_code": "proc_cd", "procedure_code_system": "proc_cd_sys"},
    **{"procedure_description": "proc_name", "reason": "reason_txt", "facility": "site_name"},
    "ordering_department": "dept",
}
_TABLES = {"reports": ("exam_report", _REPORTS), "orders": ("exam_order", _ORDERS)}


class DatabaseWriter:
    """Writes `hospital.db` and `site.toml`; see `kinds.Writer`."""

    def __init__(self, folder: Path) -> None:
        self.reports = self.orders = folder / "hospital.db"
        self._site_file = folder / "site.toml"

    def __enter__(self) -> DatabaseWriter:
        try:
            self.reports.unlink(missing_ok=True)
            self._database = sqlite3.connect(self.reports)
            for name, columns in _TABLES.values():
                self._database.execute(f"CREATE TABLE {name} ({', '.join(columns.values())})")
        except (OSError, sqlite3.Error) as error:
            raise OutputError(f"{self.reports}: cannot be written.") from error
        with open_file(self._site_file) as file:
            file.write(
                "# Queries of the sample's database: its columns under the contract's names.\n"
            )
            file.write(
                "\n[sql]\n" + "".join(f'{table} = """\n{_query(table)}"""\n' for table in _TABLES)
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.commit()
        self._database.close()

    def write(self, reports: Sequence[Row], orders: Sequence[Row]) -> None:
        """Append one patient's rows."""
        for table, rows in (("reports", reports), ("orders", orders)):
            name, columns = _TABLES[table]
            marks = ", ".join("?" * len(columns))
            values = [[row.get(column) or None for column in columns] for row in rows]
            self._database.executemany(f"INSERT INTO {name} VALUES ({marks})", values)  # noqa: S608


def _query(table: str) -> str:
    name, columns = _TABLES[table]
    listed = ",\n  ".join(f"{own} AS {column}" for column, own in columns.items())
    return f"SELECT\n  {listed}\nFROM {name}\n"  # noqa: S608 - names of our own
