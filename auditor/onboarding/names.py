"""How hospitals call the contract's columns: names, abbreviations, and how near a name comes.

A phrase is words that stand in a column's name, in any order. The more of the name a phrase covers,
the surer it is: `EXAM_DT` is the date of the exam, `EXAM_DT_CHANGED_BY` is not.
"""

from __future__ import annotations

import re

# One word for the many ways of abbreviating it.
_SAME = {
    "number": "no num nr nbr nmbr numb key id ident identifier uid ref pk sk",
    "date": "dt dttm datetime dtime tstamp timestamp ts when day datum time tm dte dat moment",
    "patient": "pt pat pnt subject person client",
    "report": "rpt rep rprt reports document doc docs note dictation result rslt res",
    "exam": "ex examination study stdy std procedure proc prc visit service svc img imaging",
    "order": "ord ordr request req requisition placer requested ordered orders",
    "accession": "acc accn acsn accno accessn acn asn",
    "status": "stat st sts state stts",
    "description": "desc descr dscr descrip name nm title label display",
    "text": "txt body content narrative narr fulltext full verbatim memo",
    "performed": "perf done completed complete compl start started begin began end ended actual",
    "signed": "sign signoff final finalized finalised verified authorised authorized dictated "
    "authenticated transcribed approved released reported",
    "code": "cd cde",
    "system": "sys systm vocabulary vocab scheme type codeset",
    "department": "dept dep departement ward unit specialty specialty division",
    "facility": "fac site hospital hosp location loc campus clinic org organisation organization "
    "center centre institution building where",
    "reason": "rsn indication indications indic question complaint history hx",
    "modality": "mod modal mdlty equipment",
    "sex": "gender gndr sx",
    "age": "ages yrs years alter",
}
_WORD = {word: same for same, words in _SAME.items() for word in words.split()}
# Words that say nothing of what a column holds.
_IDLE = frozenset(
    "the of at for in a an and to v col column field fld value val src data hl7 ris pacs emr ehr "
    "rad radiology local orig original xr dw x my is".split()
)

# Phrases by contract column, the surest first.
_PHRASES: dict[str, tuple[str, ...]] = {
    "patient_id": (
        *("patient number", "mrn", "medical record number", "hospital number", "empi", "pid"),
        *("pseudonym", "pseudo number", "deid number", "nhs number", "unit record number", "urn"),
        *("crn", "record number", "chart number", "anon number", "patient", "chi", "cpi", "mpi"),
    ),
    "report_id": ("report number", "report sequence", "interpretation number", "report"),
    "accession": (
        *("accession number", "accession", "filler number", "filler order number"),
        *("exam number", "exam instance number", "event number", "episode number", "exam", "event"),
    ),
    "exam_datetime": (
        *("exam date", "performed date", "exam performed date", "acquisition date", "scan date"),
        *("date", "performed exam", "taken date", "dos", "admission date"),
    ),
    "report_datetime": (
        *("report date", "signed date", "report signed date", "signed", "version date"),
        *("last signed date", "modified date", "updated date"),
    ),
    "report_status": (
        "report status",
        "status",
        "version status",
        "report version",
        "signed status",
    ),
    "modality": ("modality", "modality code", "exam modality", "machine", "technique code"),
    "procedure_code": (
        *("exam code", "cpt", "cpt code", "loinc", "charge code", "order code", "test code"),
        *("playbook code", "code", "orderable code", "cdm code", "exam number"),
    ),
    "procedure_code_system": ("code system", "coding system", "exam code system", "code set"),
    "procedure_description": (
        *("exam description", "exam", "order description", "test description", "orderable"),
        *("description", "examined", "requested exam", "exam requested", "charge description"),
        *("what exam", "view description"),
    ),
    "report_text": (
        *("report text", "report", "text", "findings", "interpretation", "impression"),
        *("report body", "findings text", "conclusion"),
    ),
    "facility": ("facility", "facility description", "performed facility", "facility code"),
    "patient_age": ("patient age", "age", "age exam", "age number"),
    "patient_sex": ("patient sex", "sex"),
    "order_id": ("order number", "order", "order item number"),
    "order_datetime": (
        *("order date", "created date", "entered date", "placed date", "entry date", "date"),
        *("order entered date", "order created date", "order"),
    ),
    "performed_datetime": (
        *("performed date", "exam performed date", "exam date", "performed", "arrived date"),
    ),
    "status": ("order status", "status", "exam status", "order exam status"),
    "reason": (
        *("reason", "reason exam", "exam reason", "order reason", "clinical reason"),
        *("clinical information", "clinical info", "clinical details", "clinical text"),
        *("reason text", "order text", "diagnosis text", "why", "comments", "order comment"),
    ),
    "ordering_department": (
        *("department", "order department", "order facility", "department description"),
        *("referring department", "referrer", "referred department"),
    ),
}
# Words in a name that make it another thing than the column's.
_NOT = {
    "report_id": "order patient accession",
    "order_id": "patient accession report",
    "accession": "patient report order code",
    "patient_id": "report order accession exam description age sex birth date status",
    "exam_datetime": "birth born dob order report signed death created changed updated load",
    "report_datetime": "birth born dob order death load",
    "order_datetime": "birth born dob performed report signed death load",
    "performed_datetime": "birth born dob order report signed death load",
    "procedure_description": "status date reason number text department facility physician by",
    "report_text": "status date number order",
    "facility": "order date number",
}


def split_name(name: str) -> list[str]:
    """The words of a name, abbreviations spelled out: `patStudyDT_1` is patient, exam, date."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)", " ", name)
    words = re.findall(r"[^\W\d_]+", spaced)
    spelled = [_spell(word.casefold()) for word in words]
    return [word for part in spelled for word in part if word not in _IDLE]


def _spell(word: str) -> tuple[str, ...]:
    """One word, or the two that it is put together of: `patientid`, `examdate`."""
    if word in _WORD:
        return (_WORD[word],)
    if word in _KNOWN or word in _IDLE:
        return (word,)
    for cut in range(len(word) - 2, 1, -1):
        first, second = word[:cut], word[cut:]
        if {first, second} <= _WHOLE:
            return (*_spell(first), *_spell(second))
    return (word,)


_KNOWN = {word for phrases in _PHRASES.values() for phrase in phrases for word in phrase.split()}
_WHOLE = {word for word in (*_WORD, *_SAME, *_KNOWN) if len(word) > 1}


def score_name(name: str, column: str) -> float:
    """How surely a name is that of a contract column: 1 where it says so, 0 where it does not."""
    if re.sub(r"[\W_]+", "_", name.casefold()).strip("_") == column:
        return 1.0
    words = split_name(name)
    if not words or set(words) & set(_NOT.get(column, "").split()):
        return 0.0
    best = 0.0
    phrases = _PHRASES[column]
    for rank, phrase in enumerate(phrases):
        wanted = [spelled for word in phrase.split() for spelled in _spell(word)]
        if set(wanted) <= set(words):
            covered = len(set(wanted)) / len(set(words))
            best = max(best, covered * (0.97 - 0.25 * rank / len(phrases)))
    return best
