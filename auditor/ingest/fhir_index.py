"""What FHIR resources refer to: a few values of each, kept on disk while the rows are made.

The database has no name: SQLite holds it in memory, and in an unlinked file as it grows, so that
nothing of a patient stays behind.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from auditor.ingest.fhir_values import (
    listed,
    pick_code,
    pick_identifier,
    pick_modality,
    table_of,
    text_of,
)
from auditor.ingest.resources import Resource

# What is kept of a resource that others refer to.
Kept = dict[str, Any]

_LOCAL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]{2,40})/([A-Za-z0-9\-.]{1,64})(?:/_history/.*)?")
_KEY = re.compile(r"[A-Z][A-Za-z]{2,40}/[A-Za-z0-9\-.]{1,64}")
_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]{2,40})\?identifier=(.+)")
_CACHE = "PRAGMA cache_size=-65536"  # 64 MiB: references come in no order
_ROWS, _RECENT = 5_000, 2_000


class Index:
    """The resources of one source that others refer to.

    Args:
        connection: An empty database.
        accession: Type code or system of the identifier that is an accession.
        patient: Type code or system of a patient's identifier; empty: the id.
    """

    def __init__(self, connection: sqlite3.Connection, *, accession: str, patient: str) -> None:
        self._connection = connection
        self._accession = accession
        self._patient = patient
        # A patient's resources come one after the other, and ask for the same again and again.
        self._recent: dict[str, Kept] = {}
        self._waiting: dict[str, list[tuple[str, str]]] = {"kept": [], "alias": [], "study": []}
        for table in self._waiting:
            columns = "key TEXT PRIMARY KEY, value TEXT"
            connection.execute(f"CREATE TABLE {table} ({columns}) WITHOUT ROWID")

    # --- filling ----------------------------------------------------------------------------------

    def add(self, resource: Resource, url: str) -> None:
        """Keep what others may ask of a resource."""
        key = key_of(resource, url)
        kept = self.digest(resource)
        if kept is None or not key:
            return
        # What has no id of its own has one from its Bundle; an identifier asked for is not made up.
        if kept.get("id") == "" and not (self._patient and key.startswith("Patient/")):
            kept["id"] = key.partition("/")[2]
        self._put("kept", key, json.dumps(kept))
        if url:
            self._put("alias", url, key)
        kind = key.partition("/")[0]
        for identifier in map(table_of, listed(resource.get("identifier"))):
            value = text_of(identifier.get("value"))
            if value and kind in ("Patient", "Organization", "Location", "Encounter"):
                self._put("alias", f"{kind}?{text_of(identifier.get('system'))}|{value}", key)
        if kind == "ImagingStudy":
            for reference in (*listed(resource.get("basedOn")), resource.get("procedureReference")):
                self._put("study", self._written(table_of(reference)), key)

    def close_filling(self) -> None:
        """Put down what is left; after it, resources can be looked up."""
        for table in self._waiting:
            self._flush(table)
        # Only now is known what a URL or identifier that a study names stands for.
        self._connection.execute(
            "INSERT OR IGNORE INTO study SELECT alias.value, study.value"
            " FROM study JOIN alias ON alias.key = study.key ORDER BY study.value"
        )

    def _put(self, table: str, key: str, value: str) -> None:
        waiting = self._waiting[table]
        waiting.append((_storable(key), _storable(value)))
        if len(waiting) >= _ROWS:
            self._flush(table)

    def _flush(self, table: str) -> None:
        # The last of a resource's versions counts.
        self._connection.executemany(
            f"INSERT OR REPLACE INTO {table} VALUES (?, ?)",  # noqa: S608 - names of our own
            self._waiting[table],
        )
        self._waiting[table].clear()

    # --- asking -----------------------------------------------------------------------------------

    def find(self, reference: Any, holder: Resource) -> Kept:
        """What is kept of the resource that a reference names; empty where it is not there.

        Args:
            reference: The reference.
            holder: The resource that it stands in, which may contain what it names.
        """
        written = text_of(table_of(reference).get("reference"))
        if written.startswith("#"):
            for inner in map(table_of, listed(holder.get("contained"))):
                if text_of(inner.get("id")) == written[1:]:
                    return self.digest(inner) or {}
            return {}
        return self.get(self.key(reference))

    def get(self, key: str) -> Kept:
        """What is kept of a resource, by `Type/id`."""
        if not key:
            return {}
        if key not in self._recent:
            if len(self._recent) >= _RECENT:
                self._recent.clear()
            found = self._one("kept", key)
            self._recent[key] = json.loads(found) if found else {}
        return self._recent[key]

    def key(self, reference: Any) -> str:
        """A reference as `Type/id`, whether or not it is there; empty where it names nothing."""
        return self.settle(self._written(table_of(reference)))

    def settle(self, written: Any) -> str:
        """A reference as it is kept, as `Type/id`; empty where nothing is known by it."""
        bare = text_of(written)
        return bare if not bare or _KEY.fullmatch(bare) else self._one("alias", bare)

    def study_of(self, key: str) -> Kept:
        """What is kept of the study that was made for a request or procedure."""
        return self.get(self._one("study", key)) if key else {}

    def _written(self, reference: Kept) -> str:
        """A reference as it stands; a conditional or logical one as the index has it."""
        written = text_of(reference.get("reference"))
        conditional = _CONDITIONAL.fullmatch(written)
        if conditional:
            return f"{conditional[1]}?{conditional[2]}"
        if written:
            local = _LOCAL.fullmatch(written)
            return f"{local[1]}/{local[2]}" if local else written
        identifier = table_of(reference.get("identifier"))
        value = text_of(identifier.get("value"))
        kind = text_of(reference.get("type")) or "Patient"
        return f"{kind}?{text_of(identifier.get('system'))}|{value}" if value else ""

    def _one(self, table: str, key: str) -> str:
        query = f"SELECT value FROM {table} WHERE key = ?"  # noqa: S608 - names of our own
        row = self._connection.execute(query, (_storable(key),)).fetchone()
        return row[0] if row else ""

    # --- what is kept -----------------------------------------------------------------------------

    def digest(self, resource: Resource) -> Kept | None:
        """What is kept of a resource; None where its type is of no use to others."""
        digest = _DIGESTS.get(text_of(resource.get("resourceType")))
        return None if digest is None else digest(self, resource)

    def _of_patient(self, resource: Resource) -> Kept:
        identifier = pick_identifier(resource, self._patient) if self._patient else ""
        return {
            "id": identifier if self._patient else text_of(resource.get("id")),
            "birth": text_of(resource.get("birthDate")),
            "sex": text_of(resource.get("gender")),
        }

    def _of_encounter(self, resource: Resource) -> Kept:
        provider = table_of(resource.get("serviceProvider"))
        places = [table_of(table_of(p).get("location")) for p in listed(resource.get("location"))]
        return {
            "provider": [self._written(provider), text_of(provider.get("display"))],
            "places": [[self._written(place), text_of(place.get("display"))] for place in places],
        }

    def _of_location(self, resource: Resource) -> Kept:
        manager = table_of(resource.get("managingOrganization"))
        return {
            "name": text_of(resource.get("name")),
            "manager": [self._written(manager), text_of(manager.get("display"))],
            "part_of": self._written(table_of(resource.get("partOf"))),
        }

    def _of_organization(self, resource: Resource) -> Kept:
        return {"name": text_of(resource.get("name"))}

    def _of_request(self, resource: Resource) -> Kept:
        return {
            "accession": pick_identifier(resource, self._accession),
            "code": pick_code(resource.get("code")),
            "modality": pick_modality(resource.get("category")),
            "when": text_of(resource.get("authoredOn")),
            "encounter": self._written(table_of(resource.get("encounter"))),
        }

    def _of_study(self, resource: Resource) -> Kept:
        codes = [pick_code(code) for code in listed(resource.get("procedureCode"))]
        code, system, name = codes[0] if codes else ("", "", "")
        requests = [self._written(table_of(one)) for one in listed(resource.get("basedOn"))]
        return {
            "id": text_of(resource.get("id")),
            "request": next((written for written in requests if written), ""),
            "accession": pick_identifier(resource, self._accession),
            "code": (
                code,
                system,
                text_of(resource.get("description")) or name or _parts(resource),
            ),
            "modality": study_modality(resource),
            "when": text_of(resource.get("started")),
            "encounter": self._written(table_of(resource.get("encounter"))),
            "place": self._written(table_of(resource.get("location"))),
        }

    def _of_observation(self, resource: Resource) -> Kept | None:
        coded = pick_code(resource.get("valueCodeableConcept"))[2]
        notes = [text_of(table_of(note).get("text")) for note in listed(resource.get("note"))]
        pieces = [text_of(resource.get("valueString")) or coded, *notes]
        for component in map(table_of, listed(resource.get("component"))):
            pieces.append(text_of(component.get("valueString")))
        text = "\n".join(piece for piece in pieces if piece)
        return {"text": text, "code": pick_code(resource.get("code"))} if text else None

    def _of_condition(self, resource: Resource) -> Kept:
        return {"text": pick_code(resource.get("code"))[2]}

    def _of_binary(self, resource: Resource) -> Kept | None:
        kind = text_of(resource.get("contentType"))
        if not kind.startswith("text/"):
            return {"contentType": kind}
        return {"contentType": kind, "data": text_of(resource.get("data"))}


_DIGESTS: dict[str, Callable[[Index, Resource], Kept | None]] = {
    "Patient": Index._of_patient,
    "Encounter": Index._of_encounter,
    "Location": Index._of_location,
    "Organization": Index._of_organization,
    "ServiceRequest": Index._of_request,
    "ImagingStudy": Index._of_study,
    "Observation": Index._of_observation,
    "Condition": Index._of_condition,
    "Binary": Index._of_binary,
}
# Types that others may refer to.
REFERRED = frozenset(_DIGESTS)


@contextmanager
def open_index(*, accession: str, patient: str) -> Iterator[Index]:
    """An empty index, gone when the block ends."""
    connection = sqlite3.connect("", isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute(_CACHE)
        # One transaction that is never kept: each row would else be put to disk by itself.
        connection.execute("BEGIN")
        yield Index(connection, accession=accession, patient=patient)
    finally:
        connection.close()


def key_of(resource: Resource, url: str) -> str:
    """A resource as `Type/id`; where it has no id, its Bundle's URL gives one."""
    kind = text_of(resource.get("resourceType"))
    name = text_of(resource.get("id")) or re.split("[/:]", url)[-1]
    return f"{kind}/{name}" if kind and name else ""


def study_modality(resource: Resource) -> str:
    """The modalities of a study, or of its series, joined as DICOM does."""
    stated = [*listed(resource.get("modality"))]
    if not stated:
        stated = [table_of(series).get("modality") for series in listed(resource.get("series"))]
    words = [text_of(table_of(coding).get("code")) for coding in stated]
    return "\\".join(dict.fromkeys(word for word in words if word))


def _parts(study: Resource) -> str:
    """What the series of a study say of themselves, or of the part of the body that they show."""
    found = []
    for series in map(table_of, listed(study.get("series"))):
        place = text_of(table_of(series.get("bodySite")).get("display"))
        found.append(text_of(series.get("description")) or place)
    return "; ".join(dict.fromkeys(text for text in found if text))


def _storable(text: str) -> str:
    """A text that a database takes: half a surrogate pair cannot be encoded."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
