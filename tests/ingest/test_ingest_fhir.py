"""FHIR R4: what resources become, references within and across files, what is set aside."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from export_files import Read, bundle, lines, read, resource
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.config.formats import ResourceShape
from auditor.config.site import Site
from auditor.ingest import resources

SUBJECT = {"reference": "Patient/p1"}
RADIOLOGY = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"}]}
LAB = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}]}
ACCESSION = {"coding": [{"code": "ACSN"}]}
CPT = {"system": "http://www.ama-assn.org/go/cpt", "code": "74018"}


def form(text: str, kind: str = "text/plain") -> dict[str, str]:
    return {"contentType": kind, "data": base64.b64encode(text.encode()).decode()}


def report(name: str = "r1", **values: Any) -> dict[str, Any]:
    usual = {
        "status": "final",
        "subject": SUBJECT,
        "effectiveDateTime": "2025-01-02T03:04:05+01:00",
        "category": [RADIOLOGY],
        "code": {"coding": [CPT], "text": "XR ABDOMEN 1 VIEW"},
    }
    given_values = {**usual, **values}
    return resource(
        "DiagnosticReport", name, **{key: v for key, v in given_values.items() if v is not None}
    )


def request(name: str = "o1", **values: Any) -> dict[str, Any]:
    usual = {
        "status": "active",
        "intent": "order",
        "subject": SUBJECT,
        "authoredOn": "2025-01-01",
        "code": {"text": "XR ABDOMEN"},
    }
    return resource("ServiceRequest", name, **{**usual, **values})


def study(name: str = "s1", **values: Any) -> dict[str, Any]:
    usual = {
        "status": "available",
        "subject": SUBJECT,
        "started": "2025-01-02T03:00:00Z",
        "modality": [{"code": "CT"}],
    }
    return resource("ImagingStudy", name, **{**usual, **values})


def given_files(folder: Path, *contents: Any, site: Site | None = None) -> Read:
    """Read files: a dict is a Bundle or resource of its own, a list is NDJSON."""
    for number, content in enumerate(contents):
        text = lines(*content) if isinstance(content, list) else json.dumps(content, indent=1)
        (folder / f"{number}.json").write_text(text, encoding="utf-8")
    return read(folder, site=site)


def one_report(folder: Path, *contents: Any, site: Site | None = None) -> dict[str, Any]:
    result = given_files(folder, *contents, site=site)
    assert not result.set_aside
    (row,) = result.reports
    return row


def test_a_report_with_all_that_it_refers_to_in_other_files(tmp_path) -> None:
    row = one_report(
        tmp_path,
        [
            report(
                issued="2025-01-03T10:00:00Z",
                basedOn=[{"reference": "ServiceRequest/o1"}],
                imagingStudy=[{"reference": "ImagingStudy/s1"}],
                encounter={"reference": "Encounter/e1"},
                presentedForm=[form("Gas.\r\nStool.")],
            )
        ],
        [study(identifier=[{"type": ACCESSION, "value": "A-1"}])],
        [request()],
        [resource("Encounter", "e1", location=[{"location": {"reference": "Location/l1"}}])],
        [
            resource("Location", "l1", name="Room 2", partOf={"reference": "Location/l2"}),
            resource("Location", "l2", name="North Hospital"),
        ],
        [resource("Patient", "p1", birthDate="2000-01-02", gender="female")],
    )
    assert row == {
        "patient_id": "p1",
        "report_id": "r1",
        "accession": "A-1",
        "exam_datetime": "2025-01-02T03:04:05+01:00",
        "report_datetime": "2025-01-03T10:00:00+00:00",
        "report_status": "final",
        "modality": "CT",
        "procedure_code": "74018",
        "procedure_code_system": "CPT",
        "procedure_description": "XR ABDOMEN 1 VIEW",
        "report_text": "Gas.\nStool.",
        "facility": "North Hospital",
        "patient_age": "25",
        "patient_sex": "F",
        "file": str(tmp_path / "0.json"),
        "line": 1,
    }


def test_a_request_and_what_became_of_it_are_one_order(tmp_path) -> None:
    asked = request(
        reasonCode=[{"text": "Flank pain"}],
        reasonReference=[{"reference": "Condition/c1"}],
        requester={"reference": "Organization/d1"},
    )
    condition = resource("Condition", "c1", code={"text": "Fever"})
    department = resource("Organization", "d1", name="Urology")
    done = study(basedOn=[{"reference": "ServiceRequest/o1"}], description="CT KUB")
    orders = given_files(tmp_path, [asked, condition, department, done]).orders
    assert [(row["order_id"], row["accession"]) for row in orders] == [("o1", "request-o1")] * 2
    assert [row["status"] for row in orders] == ["active", "completed"]
    assert orders[0]["reason"] == "Flank pain\nFever"
    assert orders[0]["ordering_department"] == "Urology"
    assert orders[1]["performed_datetime"] == "2025-01-02T03:00:00+00:00"
    assert orders[1]["order_datetime"] == "2025-01-01"
    assert orders[1]["procedure_description"] == "CT KUB"


def test_a_procedure_and_its_study_share_an_accession(tmp_path) -> None:
    done = resource(
        "Procedure",
        "x1",
        status="completed",
        subject=SUBJECT,
        performedPeriod={"start": "2025-01-02T03:00:00Z"},
        code={"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "CT"}]},
    )
    shown = study(procedureReference={"reference": "Procedure/x1"})
    first, second = given_files(tmp_path, [done, shown]).orders
    assert first["accession"] == second["accession"] == "study-s1"
    assert (first["procedure_code_system"], first["modality"]) == ("SNOMED", "CT")
    assert first["performed_datetime"] == "2025-01-02T03:00:00+00:00"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("Patient/p1", "urn:uuid:p1"),
        ("https://fhir.example/r4/Patient/p1", "https://fhir.example/r4/Patient/p1"),
        ("Patient/p1/_history/3", ""),
        ("urn:uuid:6f2d", "urn:uuid:6f2d"),
        ("Patient?identifier=urn:mrn|77", ""),
    ],
)
def test_ways_to_refer_to_a_patient(tmp_path, reference, url) -> None:
    person = resource(
        "Patient", "p1", gender="male", identifier=[{"system": "urn:mrn", "value": "77"}]
    )
    content = bundle(person, report(subject={"reference": reference}), urls=[url])
    row = one_report(tmp_path, content)
    assert (row["patient_id"], row["patient_sex"]) == ("p1", "M")


def test_logical_and_contained_references(tmp_path) -> None:
    person = resource(
        "Patient", "p1", gender="male", identifier=[{"system": "urn:mrn", "value": "77"}]
    )
    logical = report(subject={"identifier": {"system": "urn:mrn", "value": "77"}})
    inner = report(
        "r2",
        subject={"reference": "#me"},
        contained=[resource("Patient", "me", gender="female")],
    )
    rows = given_files(tmp_path, [person, logical, inner]).reports
    assert [(row["patient_id"], row["patient_sex"]) for row in rows] == [("p1", "M"), ("me", "F")]


def test_resources_of_a_transaction_have_their_ids_from_its_urls(tmp_path) -> None:
    person = {"resourceType": "Patient", "gender": "male"}
    told = report(subject={"reference": "urn:uuid:a-1"})
    told.pop("id")
    row = one_report(tmp_path, bundle(person, told, urls=["urn:uuid:a-1", "urn:uuid:b-2"]))
    assert (row["patient_id"], row["report_id"], row["patient_sex"]) == ("a-1", "b-2", "M")


def test_a_reference_to_what_is_not_there_still_tells_whose_it_is(tmp_path) -> None:
    row = one_report(tmp_path, [report()])
    assert (row["patient_id"], row["patient_age"], row["patient_sex"]) == ("p1", "", "")


def test_the_site_chooses_identifiers(tmp_path) -> None:
    person = resource(
        "Patient",
        "p1",
        identifier=[
            {"type": {"coding": [{"code": "SS"}]}, "value": "1"},
            {"type": {"coding": [{"code": "MR"}]}, "value": "0042"},
        ],
    )
    told = report(identifier=[{"system": "urn:acc", "value": "A-9"}])
    shape = ResourceShape(patient_identifier="MR", accession_identifier="urn:acc")
    row = one_report(tmp_path, [person, told], site=Site(fhir=shape))
    assert (row["patient_id"], row["accession"]) == ("0042", "A-9")


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("final", "final"),
        ("preliminary", "preliminary"),
        ("partial", "preliminary"),
        ("amended", "corrected"),
        ("corrected", "corrected"),
        ("appended", "addendum"),
        ("cancelled", "cancelled"),
        ("entered-in-error", "cancelled"),
        ("unknown", "unknown"),
    ],
)
def test_status_of_a_report(tmp_path, status, word) -> None:
    assert one_report(tmp_path, [report(status=status)])["report_status"] == word


@pytest.mark.parametrize(
    ("status", "more", "word"),
    [
        ("revoked", {}, "cancelled"),
        ("active", {"doNotPerform": True}, "cancelled"),
        ("completed", {}, "completed"),
        ("on-hold", {}, "on-hold"),
        ("entered-in-error", {}, "entered-in-error"),
    ],
)
def test_status_of_a_request(tmp_path, status, more, word) -> None:
    (row,) = given_files(tmp_path, [request(status=status, **more)]).orders
    assert row["status"] == word


def test_a_report_whose_code_says_nothing_has_the_code_of_its_request(tmp_path) -> None:
    bare = {"coding": [{"system": "http://loinc.org", "code": "18748-4"}], "text": "Imaging study"}
    asked = request(code={"coding": [CPT], "text": "XR ABDOMEN"})
    told = report(code=bare, basedOn=[{"reference": "ServiceRequest/o1"}])
    row = one_report(tmp_path, [asked, told])
    assert (row["procedure_code"], row["procedure_description"]) == ("74018", "XR ABDOMEN")


def test_a_study_without_a_code_is_named_by_its_series(tmp_path) -> None:
    shown = study(
        series=[{"bodySite": {"display": "Abdomen"}}, {"bodySite": {"display": "Abdomen"}}]
    )
    (row,) = given_files(tmp_path, [shown]).orders
    assert (row["procedure_description"], row["modality"]) == ("Abdomen", "CT")


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forms", "text"),
    [
        ([form("Gas.")], "Gas."),
        ([form("Gas.", "text/plain; charset=utf-8")], "Gas."),
        ([form("<p>Gas.</p><p>Stool &lt; 3</p>", "text/html")], "Gas.\nStool < 3"),
        ([form("<b>Page</b>", "text/html"), form("Plain.")], "Plain."),
        ([form("JVBERi0x", "application/pdf"), form("Gas.")], "Gas."),
    ],
)
def test_forms_of_a_text(tmp_path, forms, text) -> None:
    assert one_report(tmp_path, [report(presentedForm=forms)])["report_text"] == text


def test_a_form_that_is_kept_apart(tmp_path) -> None:
    stored = resource("Binary", "b1", contentType="text/plain", data=form("Gas.")["data"])
    told = report(presentedForm=[{"contentType": "text/plain", "url": "Binary/b1"}])
    assert one_report(tmp_path, [told, stored])["report_text"] == "Gas."


def test_observations_and_conclusion_add_what_the_form_does_not_say(tmp_path) -> None:
    seen = resource(
        "Observation",
        "v1",
        code={"coding": [{"system": "http://loinc.org", "code": "59776-5"}]},
        valueString="Stool.",
    )
    told = report(
        presentedForm=[form("Supine film.\nNo  gas.")],
        result=[{"reference": "Observation/v1"}],
        conclusion="no gas.",
    )
    row = one_report(tmp_path, [told, seen])
    assert row["report_text"] == "Supine film.\nNo  gas.\nFINDINGS:\nStool."
    other = one_report(tmp_path, [report(conclusion="Ileus.")])
    assert other["report_text"] == "IMPRESSION:\nIleus."


def test_the_narrative_is_read_where_there_is_nothing_else(tmp_path) -> None:
    told = report(text={"status": "generated", "div": "<div><p>Gas.</p></div>"})
    assert one_report(tmp_path, [told])["report_text"] == "Gas."


def test_a_pdf_is_an_exam_without_text_and_told(tmp_path) -> None:
    result = given_files(tmp_path, [report(presentedForm=[form("%PDF", "application/pdf")])])
    assert [row["report_text"] for row in result.reports] == [""]
    assert result.notes == [
        "Reports kept without their text, which is a PDF, a picture or stands elsewhere: 1."
    ]


# --- which ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "kept"),
    [
        ([RADIOLOGY], True),
        ([LAB], False),
        ([LAB, RADIOLOGY], True),
        ([{"coding": [{"system": "http://loinc.org", "code": "LP29684-5"}]}], True),
        ([{"coding": [{"system": "http://loinc.org", "code": "34117-2"}]}], False),
        ([{"coding": [{"system": "urn:local", "code": "X"}]}], True),
        ([{"text": "Imaging"}], True),
        (None, True),
    ],
)
def test_reports_of_other_categories_are_left_out_and_counted(tmp_path, category, kept) -> None:
    result = given_files(tmp_path, [report(category=category)])
    assert bool(result.reports) is kept
    what = "FHIR DiagnosticReport of neither images nor specimens, left out: 1."
    assert result.notes == ([] if kept else [what])


def test_the_site_adds_categories(tmp_path) -> None:
    notes = {"coding": [{"system": "http://loinc.org", "code": "34117-2"}]}
    site = Site(fhir=ResourceShape(categories=("34117-2",)))
    assert one_report(tmp_path, [report(category=[notes])], site=site)


def test_a_modality_may_stand_among_the_categories(tmp_path) -> None:
    local = {"coding": [{"system": "urn:local", "code": "CT SCAN"}]}
    row = one_report(tmp_path, [report(category=[RADIOLOGY, local])])
    assert row["modality"] == "CT SCAN"


# --- files ----------------------------------------------------------------------------------------


def texts(*names: str) -> list[dict[str, Any]]:
    return [report(name, presentedForm=[form(name)]) for name in names]


@pytest.mark.parametrize(
    "content",
    [
        lines(*texts("a", "b")),
        json.dumps(bundle(*texts("a", "b"))),
        json.dumps(bundle(*texts("a", "b")), indent=2),
        json.dumps(texts("a", "b")),
        json.dumps(bundle(*texts("a"))) + "\n" + json.dumps(bundle(*texts("b"))) + "\n",
        "\ufeff" + lines(*texts("a", "b")),
        json.dumps({**bundle(), "entry": [{"resource": bundle(*texts("a", "b"))}]}),
        # Keys in the order of the alphabet: what it is comes last.
        json.dumps(bundle(*texts("a", "b")), sort_keys=True),
        "\r\n".join(["", *map(json.dumps, texts("a", "b")), ""]),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_ways_to_write_a_file(tmp_path, content, packed) -> None:
    data = content.encode()
    (tmp_path / "x").write_bytes(gzip.compress(data) if packed else data)
    assert [row["report_text"] for row in read(tmp_path / "x").reports] == ["a", "b"]


def test_a_resource_of_its_own(tmp_path) -> None:
    (tmp_path / "x").write_text(json.dumps(report(), indent=2))
    assert len(read(tmp_path / "x").reports) == 1


@pytest.mark.parametrize("block", [16, 100, 1000])
@pytest.mark.parametrize("indent", [None, 1])
def test_values_may_be_cut_by_the_blocks_that_are_read(
    tmp_path, monkeypatch, block, indent
) -> None:
    monkeypatch.setattr(resources, "BLOCK_BYTES", block)
    content = json.dumps(bundle(*texts("a", "é", "c")), indent=indent, ensure_ascii=False)
    (tmp_path / "x.json").write_text(content, encoding="utf-8")
    assert [row["report_text"] for row in read(tmp_path).reports] == ["a", "é", "c"]


def test_places_are_lines_or_numbers(tmp_path) -> None:
    (tmp_path / "a").write_text("\n" + lines(*texts("a", "b")))
    (tmp_path / "b").write_text(
        json.dumps(bundle(resource("Patient", "p1"), *texts("c")), indent=1)
    )
    assert [row["line"] for row in read(tmp_path).reports] == [2, 3, 2]


@pytest.mark.parametrize(
    ("content", "kept", "expected"),
    [
        (lines(*texts("a")) + "{broken\n" + lines(*texts("b")), 2, [(2, "", "invalid_json")]),
        ("{broken\n" + lines(*texts("b")), 1, [(1, "", "invalid_json")]),
        (json.dumps(bundle(*texts("a", "b")))[:-40], 1, [(2, "", "invalid_json")]),
        (json.dumps(bundle(*texts("a")))[:-1] + "x", 1, [(2, "", "invalid_json")]),
        (lines(report(effectiveDateTime=None)), 0, [(1, "exam_datetime", "empty_value")]),
        (lines(report(effectiveDateTime="2025-01")), 0, [(1, "exam_datetime", "unparseable_date")]),
        (lines(report(subject={})), 0, [(1, "patient_id", "empty_id")]),
        (lines(report(subject={"reference": "Group/g"})), 0, [(1, "patient_id", "empty_id")]),
        (
            lines(report(presentedForm=[{"contentType": "text/plain", "data": "%"}])),
            0,
            [(1, "", "unreadable_attachment")],
        ),
        (lines(report(conclusion="\ud800")), 0, [(1, "report_text", "bad_encoding")]),
        (lines(report(conclusion="a\0")), 0, [(1, "report_text", "nul_byte")]),
        ('{"resourceType":"Bundle","entry":' + "[" * 50_000, 0, [(1, "", "invalid_json")]),
    ],
)
def test_what_is_broken_is_set_aside(tmp_path, content, kept, expected) -> None:
    (tmp_path / "x.json").write_text(content, encoding="utf-8", errors="surrogatepass")
    result = read(tmp_path)
    assert len(result.reports) == kept
    assert result.set_aside == [("reports", *one) for one in expected]


def test_a_reference_that_is_no_text_breaks_nothing(tmp_path) -> None:
    study = resource("ImagingStudy", "s", basedOn=[{"reference": "ServiceRequest/\udcb2"}])
    place = resource("Location", "l", identifier=[{"value": "\ud800"}])
    (tmp_path / "x.json").write_text(lines(study, place, *texts("a")))
    assert [row["report_text"] for row in read(tmp_path).reports] == ["a"]


def test_a_resource_that_is_too_long_is_set_aside(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(resources, "LONGEST_RESOURCE", 2_000)
    (tmp_path / "x").write_text(lines(*texts("a", "b" * 5_000, "c")))
    result = read(tmp_path)
    assert [row["report_text"] for row in result.reports] == ["a", "c"]
    assert result.set_aside == [("reports", 2, "", "record_too_long")]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["reference", "coding", "code", "system", "text", "value", "start", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
NAMES = (
    *("id", "status", "subject", "code", "category", "identifier", "effectiveDateTime", "issued"),
    *("presentedForm", "result", "conclusion", "basedOn", "imagingStudy", "encounter", "contained"),
    *(
        "started",
        "modality",
        "series",
        "procedureCode",
        "authoredOn",
        "performedPeriod",
        "location",
    ),
    *("serviceProvider", "partOf", "managingOrganization", "name", "birthDate", "gender", "text"),
)
KINDS = (
    *("DiagnosticReport", "ServiceRequest", "ImagingStudy", "Procedure", "Patient", "Encounter"),
    *("Location", "Organization", "Observation", "Condition", "Binary", "Bundle", "Other"),
)


@pytest.mark.slow
@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(NAMES), ANY))))
def test_no_value_of_a_wrong_type_breaks_the_reader(tmp_path_factory, made) -> None:
    folder = tmp_path_factory.mktemp("fhir")
    found = [{"resourceType": kind, **values} for kind, values in made]
    (folder / "x.ndjson").write_text(lines(report(), *found))
    (folder / "y.json").write_text(json.dumps(bundle(report("r2"), *found)))
    assert len(read(folder).reports) >= 2


@given(st.binary(max_size=60), st.booleans())
def test_no_content_breaks_the_reader(tmp_path_factory, noise, listed) -> None:
    folder = tmp_path_factory.mktemp("fhir")
    start = lines(report()) if listed else json.dumps(bundle(report()))[:-2]
    (folder / "x").write_bytes(start.encode() + noise)
    assert len(read(folder).reports) >= 1
