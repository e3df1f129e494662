"""Short messages and resources, and what becomes of exports that hold both tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.config.site import Site
from auditor.ingest.canonical import read_exports
from auditor.ingest.exports import find_sources
from auditor.ingest.parts import Notes


@dataclass
class Read:
    """What was read: rows by table, rows set aside, and sentences on what was left out."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    set_aside: list[tuple[str, int, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows_in: int = 0


def read(*names: Path | str, site: Site | None = None, now: str | None = None) -> Read:
    """Read exports whole; set-aside rows as (table, line, column, reason)."""
    site, notes, result = site or Site(), Notes(), Read()
    sources = find_sources([str(name) for name in names], site, notes, {})
    for batch in read_exports(sources, site, notes, now_date=now):
        result.rows_in += batch.rows_in
        getattr(result, batch.table).extend(batch.rows.to_pylist())
        for row in batch.set_aside:
            result.set_aside.append((row.table, row.line, row.column, row.reason))
    result.notes = notes.sentences()
    kept = len(result.reports) + len(result.orders)
    assert result.rows_in == kept + len(result.set_aside)
    return result


# --- HL7 v2 ---------------------------------------------------------------------------------------

HEADER = "MSH|^~\\&|RIS|NORTH|EHR||20250103101500||ORU^R01|1|P|2.5.1"
PERSON = "PID|1||007^^^H^MR~99^^^X^SS||||20000102|F"
VISIT = "PV1|1|O|WARD 3^12^1^North Hospital"


def obr(**fields: str) -> str:
    """An OBR segment; fields by number as `f4=...`."""
    usual = {
        "f1": "1",
        "f2": "P-1",
        "f3": "A-1",
        "f4": "74018^XR ABDOMEN 1 VIEW^C4",
        "f7": "20250102030405+0100",
        "f22": "20250103100000",
        "f24": "DX",
        "f25": "F",
    }
    return segment("OBR", {**usual, **fields})


def obx(text: str, **fields: str) -> str:
    """An OBX segment that holds text."""
    return segment("OBX", {"f1": "1", "f2": "FT", "f3": "&GDT", "f5": text, "f11": "F", **fields})


def segment(name: str, fields: dict[str, str]) -> str:
    """A segment from its fields."""
    numbered = {int(key[1:]): value for key, value in fields.items()}
    return "|".join([name, *(numbered.get(at, "") for at in range(1, max(numbered) + 1))])


def message(*segments: str, end: str = "\r", header: str = HEADER) -> str:
    """A message of a header, a patient, a visit and these segments."""
    return end.join((header, PERSON, VISIT, *segments)) + end


# --- FHIR -----------------------------------------------------------------------------------------


def resource(kind: str, identity: str, /, **values: Any) -> dict[str, Any]:
    """A resource."""
    return {"resourceType": kind, "id": identity, **values}


def lines(*resources: dict[str, Any]) -> str:
    """Resources as NDJSON."""
    return "".join(json.dumps(one) + "\n" for one in resources)


def bundle(*resources: dict[str, Any], urls: Sequence[str] = ()) -> dict[str, Any]:
    """A Bundle of resources, with the URLs given."""
    entries = [{"resource": one} for one in resources]
    for entry, url in zip(entries, urls, strict=False):
        entry["fullUrl"] = url  # type: ignore[assignment]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
