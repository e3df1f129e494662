"""HL7 v2: what a message's fields become, how files are framed, and what is set aside."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest
from export_files import HEADER, PERSON, message, obr, obx, read, segment
from hypothesis import given
from hypothesis import strategies as st

from auditor.config.formats import MessageShape
from auditor.config.site import FileShape, Site
from auditor.errors import ConfigError
from auditor.ingest import framing

ORC = segment(
    "ORC", {"f1": "NW", "f2": "P-1", "f3": "A-1", "f9": "20250101", "f17": "ED^Emergency"}
)
ORDER_HEADER = HEADER.replace("ORU^R01", "ORM^O01")


def save(folder: Path, content: str | bytes, name: str = "feed.dat") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def one_report(folder: Path, *segments: str, site: Site | None = None) -> dict[str, str]:
    result = read(save(folder, message(*segments)), site=site)
    assert not result.set_aside
    (row,) = result.reports
    return row


def one_order(folder: Path, *segments: str, kind: str = "ORM^O01") -> dict[str, str]:
    header = HEADER.replace("ORU^R01", kind)
    result = read(save(folder, message(*segments, header=header)))
    assert not result.set_aside
    (row,) = result.orders
    return row


def test_a_result_becomes_a_report(tmp_path) -> None:
    assert one_report(tmp_path, "ORC|RE|P-1|A-1", obr(), obx("Stool.\\.br\\No gas.")) == {
        "patient_id": "007",
        "report_id": "A-1",
        "accession": "A-1",
        "exam_datetime": "2025-01-02T03:04:05+01:00",
        "report_datetime": "2025-01-03T10:00:00",
        "report_status": "final",
        "modality": "DX",
        "procedure_code": "74018",
        "procedure_code_system": "CPT",
        "procedure_description": "XR ABDOMEN 1 VIEW",
        "report_text": "Stool.\nNo gas.",
        "facility": "North Hospital",
        "patient_age": "25",
        "patient_sex": "F",
        "file": str(tmp_path / "feed.dat"),
        "line": 1,
    }


@pytest.mark.parametrize("kind", ["ORM^O01", "OMI^O23^OMI_O23", "OMG^O19"])
def test_an_order_becomes_an_order(tmp_path, kind) -> None:
    request = obr(f7="", f31="^Flank pain~^Fever", f13="Fell last week")
    row = one_order(tmp_path, ORC, "TQ1|1", request, "IPC|ACC-7", kind=kind)
    row.pop("file")
    assert row == {
        "patient_id": "007",
        "order_id": "P-1",
        "accession": "ACC-7",
        "order_datetime": "2025-01-01",
        "performed_datetime": "",
        "status": "completed",  # OBR-25 says so
        "modality": "DX",
        "procedure_code": "74018",
        "procedure_code_system": "CPT",
        "procedure_description": "XR ABDOMEN 1 VIEW",
        "reason": "Flank pain\nFever\nFell last week",
        "facility": "North Hospital",
        "ordering_department": "Emergency",
        "line": 1,
    }


@pytest.mark.parametrize(
    ("control", "state", "result", "status", "performed"),
    [
        ("NW", "", "", "ordered", ""),
        ("SC", "CM", "", "completed", "2025-01-02"),
        ("SC", "IP", "", "in-progress", "2025-01-02"),
        ("SC", "SC", "F", "scheduled", ""),
        ("SC", "", "X", "cancelled", ""),
        ("CA", "IP", "", "cancelled", ""),
        ("OC", "", "", "cancelled", ""),
        ("DC", "", "", "discontinued", ""),
        ("HD", "", "", "on-hold", ""),
        ("RE", "", "", "completed", "2025-01-02"),
        ("SC", "Exam ended", "", "Exam ended", "2025-01-02"),
    ],
)
def test_status_of_an_order(tmp_path, control, state, result, status, performed) -> None:
    order = segment("ORC", {"f1": control, "f2": "P-1", "f5": state, "f9": "20250101"})
    row = one_order(tmp_path, order, obr(f7="20250102", f25=result))
    assert (row["status"], row["performed_datetime"]) == (status, performed)


@pytest.mark.parametrize(
    ("request_status", "text_statuses", "status"),
    [
        ("F", ["F"], "final"),
        ("P", ["P"], "preliminary"),
        ("", ["P", "P"], "preliminary"),
        ("C", ["F"], "corrected"),
        ("F", ["F", "C"], "corrected"),
        ("F", ["B"], "addendum"),
        ("F", ["D", "W"], "cancelled"),
        ("X", ["X"], "cancelled"),
        ("Wet Read", ["Wet Read"], "Wet Read"),
        ("", [""], ""),
    ],
)
def test_status_of_a_report(tmp_path, request_status, text_statuses, status) -> None:
    texts = [obx(f"Line {at}.", f11=word) for at, word in enumerate(text_statuses)]
    assert one_report(tmp_path, obr(f25=request_status), *texts)["report_status"] == status


def test_an_addendum_by_its_suffix_is_a_version_of_its_own(tmp_path) -> None:
    first = message(obr(), obx("Gas."))
    later = message(obr(f22="20250105"), obx("Also stool.", f3="&ADT"))
    rows = read(save(tmp_path, first + later)).reports
    assert [(row["report_id"], row["report_status"]) for row in rows] == [
        ("A-1", "final"),
        ("A-1", "addendum"),
    ]
    assert rows[1]["report_text"] == "ADDENDUM:\nAlso stool."


def test_a_withdrawn_piece_of_text_is_left_out(tmp_path) -> None:
    row = one_report(tmp_path, obr(), obx("Wrong.", f11="D"), obx("Right."))
    assert row["report_text"] == "Right."


def test_a_result_that_is_only_scheduled_is_an_order(tmp_path) -> None:
    result = read(save(tmp_path, message("ORC|SC|P-1|A-1", obr(f25="S"))))
    assert not result.reports
    assert [row["status"] for row in result.orders] == ["scheduled"]


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a\\.br\\b", "a\nb"),
        ("a\\X0D\\b\\X0D0A\\c\\X0A\\d", "a\nb\nc\nd"),
        ("5\\T\\6 \\F\\ \\S\\ \\R\\ \\E\\", "5&6 | ^ ~ \\"),
        ("one~two", "one\ntwo"),
        ("a\\.in-\\b\\.ti-2\\c\\.sp-1\\d", "abc\nd"),
        ("\\H\\bold\\N\\ and \\.sp2\\wide\\.in+4\\", "bold and \n\nwide"),
        ("C:\\images\\film and a lone \\", "C:\\images\\film and a lone \\"),
        ("caf\\XC3A9\\", "café"),
        ("5 \\XB0\\", "5 °"),
        ("a\\Zvendor\\b", "ab"),
        ('""', ""),
    ],
)
def test_escapes(tmp_path, written, meant) -> None:
    assert one_report(tmp_path, obr(), obx(written))["report_text"] == meant


def test_pieces_stand_under_their_headings_once(tmp_path) -> None:
    row = one_report(
        tmp_path,
        obr(),
        obx("Bowel gas.", f2="TX"),
        obx("^Ileus.", f2="CE", f3="74018&IMP^XR^C4"),
        obx("Stool.", f2="TX", f3="74018&IMP^XR^C4"),
        obx("3.4", f2="NM", f3="SIZE"),
    )
    assert row["report_text"] == "Bowel gas.\nIMPRESSION:\nIleus.\nStool."


def test_findings_alone_have_no_heading_and_a_heading_is_not_repeated(tmp_path) -> None:
    assert one_report(tmp_path, obr(), obx("Gas.", f3="18782-3^^LN"))["report_text"] == "Gas."
    row = one_report(tmp_path, obr(), obx("Impression: gas.", f3="19005-8^^LN"))
    assert row["report_text"] == "Impression: gas."


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("^TEXT^^Base64^", base64.b64encode(b"Gas.\r\nStool.").decode()),
        ("^TEXT^PLAIN^Hex^", b"Gas.\nStool.".hex()),
        ("^TEXT^^A^", "Gas.\\.br\\Stool."),
        ("^TEXT^HTML^Base64^", base64.b64encode(b"<p>Gas.</p><p>Stool.</p>").decode()),
    ],
)
def test_an_encapsulated_text(tmp_path, kind, data) -> None:
    assert one_report(tmp_path, obr(), obx(kind + data, f2="ED"))["report_text"] == "Gas.\nStool."


CLINICAL = (
    '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><given>Ann</given>'
    "</recordTarget><component><structuredBody><section><title>Findings</title><text><paragraph>"
    "Gas.</paragraph><list><item>Stool.</item></list></text></section></structuredBody></component>"
    "</ClinicalDocument>"
)


@pytest.mark.parametrize("kind", ["^Text^text/xml^ASCII^", "^TEXT^XML^A^", "^Application^x^A^"])
def test_of_a_clinical_document_its_body_is_the_text(tmp_path, kind) -> None:
    found = one_report(tmp_path, obr(), obx(kind + CLINICAL, f2="ED"))
    assert found["report_text"] == ("Findings\nGas.\nStool." if kind[1] == "T" else "")


def test_a_pdf_is_an_exam_without_text_and_told(tmp_path) -> None:
    pdf = "^Application^PDF^Base64^JVBERi0x"
    result = read(save(tmp_path, message(obr(), obx(pdf, f2="ED"))))
    assert [row["report_text"] for row in result.reports] == [""]
    assert result.notes == [
        "Reports kept without their text, which is a PDF, a picture or stands elsewhere: 1."
    ]


def test_a_broken_attachment_is_set_aside(tmp_path) -> None:
    result = read(save(tmp_path, message(obr(), obx("^TEXT^^Base64^%%%", f2="ED"))))
    assert result.set_aside == [("reports", 1, "", "unreadable_attachment")]


def test_line_breaks_within_a_text_belong_to_it(tmp_path) -> None:
    text = "OBX|1|TX|&GDT||Gas.\n\nStool.\nCT advised||||||F"
    row = one_report(tmp_path, obr(), text)
    assert row["report_text"] == "Gas.\n\nStool.\nCT advised"


def test_a_segment_that_goes_on_in_another(tmp_path) -> None:
    row = one_report(tmp_path, obr(), "OBX|1|TX|&GDT||No", "ADD| gas.||||||F")
    assert row["report_text"] == "No gas."


# --- groups and fields ----------------------------------------------------------------------------


def test_several_exams_and_patients_in_one_message(tmp_path) -> None:
    second = PERSON.replace("007", "008")
    content = message(
        obr(), obx("One."), obr(f3="A-2", f4="LOC1^CT^L"), obx("Two."), second, obr(f3="A-3")
    )
    rows = read(save(tmp_path, content)).reports
    assert [(row["patient_id"], row["report_id"], row["report_text"]) for row in rows] == [
        ("007", "A-1", "One."),
        ("007", "A-2", "Two."),
        ("008", "A-3", ""),
    ]


def test_two_exams_under_one_number_are_two_reports(tmp_path) -> None:
    content = message(obr(), obx("One."), obr(f4="74019^XR ABDOMEN 2 VIEWS^C4"), obx("Two."))
    rows = read(save(tmp_path, content)).reports
    assert [(row["report_id"], row["accession"]) for row in rows] == [
        ("A-1", "A-1"),
        ("A-1-2", "A-1"),
    ]


def test_orders_without_their_details_are_told_apart(tmp_path) -> None:
    cancels = "ORC|CA|P-1|||||||20250101", "ORC|CA|P-2|||||||20250101"
    result = read(save(tmp_path, message(*cancels, header=ORDER_HEADER)))
    assert result.set_aside == [("orders", 1, "", "no_procedure")] * 2


@pytest.mark.parametrize(
    ("coded", "expected"),
    [
        ("74018^XR^C4", ("74018", "CPT", "XR")),
        ("LOC9^XR ABD^L^74018^Abdomen^CPT", ("74018", "CPT", "XR ABD")),
        ("LOC9^XR ABD^L", ("LOC9", "L", "XR ABD")),
        ("^KUB", ("", "", "KUB")),
        ("36643-5^XR Chest^LN", ("36643-5", "LOINC", "XR Chest")),
    ],
)
def test_codes(tmp_path, coded, expected) -> None:
    row = one_report(tmp_path, obr(f4=coded), obx("Gas."))
    names = ("procedure_code", "procedure_code_system", "procedure_description")
    assert tuple(row[name] for name in names) == expected


@pytest.mark.parametrize(
    ("department", "modality"),
    [("RAD", ""), ("NMR", "MR"), ("RUS", "US"), ("CT", "CT"), ("X-RAY", "X-RAY"), ("", "")],
)
def test_modality(tmp_path, department, modality) -> None:
    assert one_report(tmp_path, obr(f24=department), obx("Gas."))["modality"] == modality


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20250102", "2025-01-02"),
        ("202501020304", "2025-01-02T03:04"),
        ("20250102030405.123-0500", "2025-01-02T03:04:05.123-05:00"),
        ("2025010203", "2025-01-02"),  # a bare hour
    ],
)
def test_times_are_as_precise_as_written(tmp_path, written, expected) -> None:
    assert one_report(tmp_path, obr(f7=written), obx("Gas."))["exam_datetime"] == expected


def test_the_site_chooses_fields(tmp_path) -> None:
    shape = MessageShape(
        reports={"accession": ("OBR-18", "OBR-3"), "facility": ("PV1-3.1",)},
        patient_identifier=("SS",),
    )
    row = one_report(tmp_path, obr(f18="ACC-9"), obx("Gas."), site=Site(hl7v2=shape))
    assert (row["accession"], row["facility"], row["patient_id"]) == ("ACC-9", "WARD 3", "99")


def test_a_column_that_the_contract_does_not_know_is_named(tmp_path) -> None:
    site = Site(hl7v2=MessageShape(orders={"acession": ("OBR-18",)}))
    with pytest.raises(ConfigError) as error:
        read(save(tmp_path, message(obr())), site=site)
    assert str(error.value) == (
        "Site file, [hl7v2.orders]: 'acession' is no column. Did you mean 'accession'?"
    )


# --- files ----------------------------------------------------------------------------------------

TWO = [message(obr(), obx("One.")), message(obr(f3="A-2"), obx("Two."))]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize(
    ("before", "between", "after"),
    [
        ("", "", ""),
        ("FHS|^~\\&\rBHS|^~\\&\r", "", "BTS|2\rFTS|1\r"),
        ("\x0b", "\x1c\r\x0b", "\x1c\r"),
        ("\ufeff", "\r\n\r\n", "\n"),
        ("  ", "\t", ""),
    ],
)
def test_framing(tmp_path, end, before, between, after) -> None:
    first, second = (one.replace("\r", end) for one in TWO)
    content = before.replace("\r", end) + first + between + second + after
    result = read(save(tmp_path, content))
    assert [row["report_text"] for row in result.reports] == ["One.", "Two."]
    assert not result.set_aside
    assert not result.notes


def test_a_message_is_found_by_the_line_on_which_it_begins(tmp_path) -> None:
    result = read(save(tmp_path, "FHS|^~\\&\r" + "".join(TWO)))
    assert [row["line"] for row in result.reports] == [2, 7]
    windows = read(save(tmp_path, "".join(TWO).replace("\r", "\r\n")))
    assert [row["line"] for row in windows.reports] == [1, 6]


@pytest.mark.parametrize(("block"), [1, 7, 64, 300])
def test_messages_may_be_cut_by_the_blocks_that_are_read(tmp_path, monkeypatch, block) -> None:
    monkeypatch.setattr(framing, "BLOCK_BYTES", block)
    result = read(save(tmp_path, "".join(TWO * 3)))
    assert [row["line"] for row in result.reports] == [1, 6, 11, 16, 21, 26]


def test_one_file_a_message_packed_or_not(tmp_path) -> None:
    save(tmp_path, TWO[0], "1.txt")
    save(tmp_path, gzip.compress(TWO[1].encode()), "2.bin")
    result = read(tmp_path)
    assert [row["report_text"] for row in result.reports] == ["One.", "Two."]


def test_other_marks_than_the_usual_ones(tmp_path) -> None:
    content = message(obr(), obx("a\\.br\\b"))
    swap = str.maketrans({"|": "#", "^": "@", "~": "!", "\\": "%", "&": "$"})
    (row,) = read(save(tmp_path, content.translate(swap))).reports
    assert (row["report_text"], row["procedure_code"]) == ("a\nb", "74018")


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("8859/1", "cp1252"),
        ("8859/15", "iso8859-15"),
        ("", "utf-8"),
        ("", "cp1252"),
        ("GB 18030-2000", "gb18030"),
        ("no such", "cp1252"),
    ],
)
def test_the_character_set_of_a_message(tmp_path, charset, encoding) -> None:
    header = HEADER + "|" * 6 + charset
    content = message(obr(), obx("é à"), header=header)
    (row,) = read(save(tmp_path, content.encode(encoding))).reports
    assert row["report_text"] == "é à"


def test_the_site_names_the_character_set(tmp_path) -> None:
    path = save(tmp_path, message(obr(), obx("Ğ")).encode("cp1254"))
    (row,) = read(path, site=Site(files=FileShape(encoding="cp1254"))).reports
    assert row["report_text"] == "Ğ"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("MSH|^~\\&|\rgarbled", []),
        ("MSH|abc|x\r" + TWO[0], [("reports", 1, "", "bad_message_header")]),
        ("BHS|^~\\&\rPID|1\r" + TWO[0], [("reports", 2, "", "no_message_header")]),
        (
            "\x0b" + TWO[0] + "\x1c\r\x0bnot a message\r\x1c\r\x0b" + TWO[1],
            [("reports", 7, "", "no_message_header")],
        ),
        (message(), [("reports", 1, "", "no_order_segment")]),
        (message(obr(f7="soon")), [("reports", 1, "exam_datetime", "unparseable_date")]),
        (message(obr(f7="")), [("reports", 1, "exam_datetime", "empty_value")]),
        (
            message(obr(), obx("x")).replace(PERSON, "PID|1"),
            [("reports", 1, "patient_id", "empty_id")],
        ),
        (message(obr(), obx("a\x00b")), [("reports", 1, "report_text", "nul_byte")]),
    ],
)
def test_what_is_broken_is_set_aside(tmp_path, content, expected) -> None:
    assert read(save(tmp_path, content)).set_aside == expected


def test_a_byte_without_a_meaning_is_set_aside(tmp_path) -> None:
    content = message(obr(), obx("a@b")).encode().replace(b"@", b"\x81")
    assert read(save(tmp_path, content)).set_aside == [
        ("reports", 1, "report_text", "bad_encoding")
    ]


def test_a_message_without_an_end_is_set_aside_and_reading_goes_on(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(framing, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(framing, "LONGEST_MESSAGE", 5000)
    content = TWO[0] + message(obr(), obx("long " * 5000)) + TWO[1]
    result = read(save(tmp_path, content))
    assert result.set_aside == [("reports", 6, "", "message_too_long")]
    assert [row["line"] for row in result.reports] == [1, 11]


def test_what_is_neither_result_nor_order_is_counted(tmp_path) -> None:
    admitted = message(header=HEADER.replace("ORU^R01", "ADT^A08"))
    garbled = message(header=HEADER.replace("ORU^R01", "Smith, John"))
    lab = message(obr(f24="LAB"), obx("4.1", f2="NM"))
    numbers = message(obr(f24=""), obx("4.1", f2="NM"))
    result = read(save(tmp_path, admitted * 2 + garbled + lab + numbers))
    assert result.rows_in == 0
    assert result.notes == [
        "HL7 messages of departments without images or specimens, left out: 1.",
        "HL7 messages that are neither results nor orders, left out (ADT): 2.",
        "HL7 messages that are neither results nor orders, left out (of no known type): 1.",
        "HL7 results that hold only measurements, left out: 1.",
    ]


def test_a_batch_that_is_cut_short_is_told(tmp_path) -> None:
    result = read(save(tmp_path, "BHS|^~\\&\r" + TWO[0] + "BTS|2\r"))
    assert result.notes == ["HL7 batches that hold other messages than their trailer counts: 1."]


@given(
    st.lists(
        st.sampled_from(
            ["MSH|^~\\&|", "\r", "\n", "\x0b", "\x1c", "PID|1||", "OBR|1|", "OBX|1|FT|", "ORC|NW|"]
            + ["^", "~", "&", "\\", "\\X", "|||", "20250101", "ORU^R01", "ORM", "ADD|", "BTS|9\r"]
        )
        | st.text(max_size=8)
    ),
    st.booleans(),
)
def test_no_content_breaks_the_reader(tmp_path_factory, pieces, headed) -> None:
    start = message(obr(), obx("x")) if headed else "MSH|"
    content = (start + "".join(pieces)).encode("utf-8", "surrogatepass")
    path = save(tmp_path_factory.mktemp("hl7"), content)
    result = read(path)
    assert result.rows_in >= headed
