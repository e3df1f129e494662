"""A case id that nobody knows is a matter of the command, not of the ledger or the folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import audit_folder, on_day, pipeline, report, write_exports

from auditor.errors import AuditError, ConfigError, LedgerError, OutputError
from auditor.explain import explain_from_ledger, explain_from_outputs


def audited(folder: Path) -> None:
    """One run, which leaves its outputs and a ledger."""
    exports = write_exports(folder / "in", [report("P")])
    audit_folder(exports, folder / "out", ledger=str(folder / "ledger.db"), as_of=on_day(90))


def explain(folder: Path, case_id: str, kept_in: str) -> None:
    if kept_in == "ledger":
        explain_from_ledger(case_id, str(folder / "ledger.db"), pipeline())
    else:
        explain_from_outputs(case_id, folder / "out", pipeline())


@pytest.mark.parametrize("kept_in", ["ledger", "outputs"])
def test_an_unknown_case_id_ends_as_a_wrong_argument(tmp_path, kept_in) -> None:
    audited(tmp_path)
    with pytest.raises(ConfigError, match="C-no: .* has no such case") as error:
        explain(tmp_path, "C-no", kept_in)
    assert error.value.exit_code == 2


@pytest.mark.parametrize(("kept_in", "kind"), [("ledger", LedgerError), ("outputs", OutputError)])
def test_what_is_not_there_ends_as_a_failure_to_read_it(
    tmp_path, kept_in, kind: type[AuditError]
) -> None:
    with pytest.raises(kind) as error:
        explain(tmp_path, "C-no", kept_in)
    assert error.value.exit_code == 5
