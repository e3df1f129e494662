"""The Python API: an audit on DataFrames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from auditor.bundled import DEFAULT_PIPELINE, find_pipeline
from auditor.config.pipeline import Pipeline, read_pipeline
from auditor.config.site import Site, read_site
from auditor.ingest.canonical import Batch, read_frame
from auditor.job import audit_batches
from auditor.request import Request
from auditor.workbook.outputs import write_outputs
from auditor.workbook.results import Results
from auditor.workbook.tables import build_tables


@dataclass(frozen=True)
class Audit:
    """The outcome of an audit.

    Attributes:
        results: All that the outputs are made from.
        pipeline: The pipeline that was used.
    """

    results: Results
    pipeline: Pipeline

    @property
    def cases(self) -> pd.DataFrame:
        """One row per case, the columns of `cases.csv`, all text."""
        return self._table("cases")

    @property
    def near_misses(self) -> pd.DataFrame:
        """One row per radiograph that misses a case by one part."""
        return self._table("near_misses")

    @property
    def events(self) -> pd.DataFrame:
        """One row per event of each patient with a case or near miss."""
        return self._table("events")

    @property
    def findings(self) -> pd.DataFrame:
        """One row per mention of a part of the case definition."""
        return self._table("findings")

    @property
    def set_aside(self) -> pd.DataFrame:
        """One row per row that was not used, with its reason."""
        return self._table("set_aside")

    @property
    def identifiers(self) -> pd.DataFrame:
        """One row per row, column and kind of identifier that the texts seem to hold."""
        return self._table("identifiers")

    def write(self, folder: str | Path) -> list[Path]:
        """Write all outputs into a folder, as `auditor run` does.

        Raises:
            OutputError: The folder or a file in it cannot be written.
        """
        chosen = self.pipeline
        return write_outputs(self.results, chosen.labels, Path(folder), chosen.site.shareable)

    def _table(self, name: str) -> pd.DataFrame:
        return build_tables(self.results, self.pipeline.labels)[name]


def audit(
    reports: pd.DataFrame,
    orders: pd.DataFrame | None = None,
    *,
    pipeline: str | Path = DEFAULT_PIPELINE,
    site: Site | str | Path | None = None,
    as_of: str = "",
    ledger: str | None = None,
    workers: int = 0,
) -> Audit:
    """Audit reports and orders given as DataFrames.

    Args:
        reports: One row per report version; columns of the data contract, or a site's own.
        orders: One row per order, likewise; None for no orders.
        pipeline: Name of a bundled pipeline, or a pipeline folder.
        site: Site settings, or the path of a site file.
        as_of: ISO date of the audit; empty: the newest date in the data.
        ledger: Ledger URL or path; None for a throw-away ledger.
        workers: Number of reading processes; 0 reads in this one. In a script, more need the
            call to stand under `if __name__ == "__main__":`.

    Raises:
        AuditError: See `auditor.errors`.
    """
    settings = site if isinstance(site, Site) else read_site(Path(site) if site else None)
    chosen = read_pipeline(find_pipeline(str(pipeline)), settings)

    def batches() -> Iterator[Batch]:
        yield read_frame(reports, "reports", settings)
        if orders is not None:
            yield read_frame(orders, "orders", settings)

    request = Request(pipeline=chosen, as_of=as_of, ledger=ledger, workers=workers)
    return Audit(audit_batches(request, batches(), {}), chosen)
