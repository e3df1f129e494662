"""Codes of HL7 v2 and FHIR -> words of the contract."""

from __future__ import annotations

import re

# --- code systems ---------------------------------------------------------------------------------

# As HL7 table 0396, FHIR and OMOP name them.
_SYSTEMS = {
    "CPT": ("c4", "c5", "cpt", "cpt4", "http://www.ama-assn.org/go/cpt"),
    "HCPCS": (
        *("hcpcs", "hpc", "http://www.cms.gov/medicare/coding/hcpcsreleasecodesets"),
        "urn:oid:2.16.840.1.113883.6.285",
    ),
    "LOINC": ("ln", "loinc", "http://loinc.org", "urn:oid:2.16.840.1.113883.6.1"),
    "SNOMED": ("sct", "snomed", "snomedct", "snm", "http://snomed.info/sct"),
    "ICD10PCS": ("i10p", "icd10pcs", "http://www.cms.gov/medicare/coding/icd10"),
    "RADLEX": ("radlex", "rpid", "http://www.radlex.org", "http://playbook.radlex.org"),
}


def _bare(name: str) -> str:
    """A system's name without case, spaces and hyphens."""
    return re.sub(r"[ -]", "", name.lower()).rstrip("/")


_SYSTEM_OF = {_bare(name): system for system, names in _SYSTEMS.items() for name in names}


def system_word(name: str) -> str:
    """The contract's word for a code system; a name that is not known stays as it is."""
    return _SYSTEM_OF.get(_bare(name), name)


def is_standard(name: str) -> bool:
    """Whether a code system is one that everybody shares."""
    return _bare(name) in _SYSTEM_OF


# --- statuses -------------------------------------------------------------------------------------

# HL7 table 0123 (OBR-25) and 0085 (OBX-11) of a report that is there, or was.
REPORT_WORDS = {
    **dict.fromkeys("APR", "preliminary"),
    **dict.fromkeys("FUV", "final"),
    "M": "corrected",
    "C": "corrected",
    "B": "addendum",
    **dict.fromkeys("XDW", "cancelled"),
}
# Table 0123 where there is no report yet: what becomes of the order.
ORDER_OF_RESULT = {
    "O": "ordered",
    "S": "scheduled",
    "I": "in-progress",
    "N": "completed",
    "X": "cancelled",
    **dict.fromkeys("ACFMPR", "completed"),
}
# Table 0119 (ORC-1) of an order that is off, whatever else the message says.
CONTROL_OFF = {
    **dict.fromkeys(("CA", "OC", "CR"), "cancelled"),
    **dict.fromkeys(("DC", "OD", "DR"), "discontinued"),
}
# Table 0038 (ORC-5), then table 0119 (ORC-1) where there is none.
ORDER_WORDS = {
    "CA": "cancelled",
    "CM": "completed",
    "DC": "discontinued",
    "HD": "on-hold",
    "IP": "in-progress",
    "RP": "replaced",
    "SC": "scheduled",
}
CONTROL_WORDS = {
    **dict.fromkeys(("NW", "SN", "XO", "XX", "OK", "RO", "RL", "NA"), "ordered"),
    **dict.fromkeys(("HD", "OH", "HR"), "on-hold"),
    "RE": "completed",
    "RP": "replaced",
}
# FHIR: what has another name in the contract.
FHIR_REPORT_WORDS = {
    "partial": "preliminary",
    "amended": "corrected",
    "appended": "addendum",
    "entered-in-error": "cancelled",
}
FHIR_ORDER_WORDS = {
    "revoked": "cancelled",
    "not-done": "cancelled",
    "stopped": "discontinued",
    "available": "completed",
    "registered": "in-progress",
}
SEXES = {
    **{"male": "M", "female": "F", "other": "O", "unknown": "U"},
    **{"M": "M", "F": "F", "O": "O", "U": "U", "A": "O", "N": "O"},
    **{"8507": "M", "8532": "F", "8521": "O", "8551": "U"},
}

# --- which department -----------------------------------------------------------------------------

# HL7 table 0074: departments whose results are neither images nor tissue.
_OTHER_DEPARTMENTS = frozenset(
    ("AU", "BG", "BLB", "CG", "CH", "EC", "EN", "GE", "HM", "ICU", "IMM", "LAB", "MB", "MCB")
    + ("MYC", "NRS", "OSL", "PAR", "PF", "PHR", "PHY", "PT", "RC", "SR", "TX", "URN", "VR")
)
# Departments that say of an exam only that it makes images or looks at tissue.
_ANY_IMAGE = frozenset(("RAD", "IMG", "PAT", "SP", "CP", "CTH"))
# Departments that are a way of making images, and its DICOM code.
_MODALITIES = {
    **{"NMR": "MR", "NMS": "NM", "RX": "CR", "XRC": "RF"},
    **dict.fromkeys(("CUS", "OUS", "RUS", "VUS"), "US"),
}
_IMAGE_CATEGORIES = {
    "http://loinc.org": frozenset(("LP29684-5", "LP7839-6", "18726-0", "18748-4", "60567-5")),
    "http://snomed.info/sct": frozenset(("363679005", "394914008", "394597005", "103693007")),
}
_OTHER_CATEGORIES = {"http://snomed.info/sct": frozenset(("108252007", "15220000", "409063005"))}
_DEPARTMENTS = "http://terminology.hl7.org/CodeSystem/v2-0074"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"


def is_other_department(code: str) -> bool:
    """Whether results of a department (HL7 table 0074) are neither images nor tissue."""
    return code.strip().upper() in _OTHER_DEPARTMENTS


def may_tell_modality(system: str) -> bool:
    """Whether a FHIR category of this system may be a modality: DICOM's, a department, a local one.

    The other standard categories say what is ordered for, not how it is made.
    """
    known = system.rstrip("/") in (_DEPARTMENTS, "http://hl7.org/fhir/v2/0074", DICOM)
    return known or not re.match(r"https?://(?:\w+\.)?(?:hl7|loinc|snomed)\.\w+", system)


def modality_word(code: str) -> str:
    """The modality that a department's code (HL7 table 0074) tells; a local word as it is."""
    bare = code.strip().upper()
    if bare in _ANY_IMAGE or bare in _OTHER_DEPARTMENTS:
        return ""
    return _MODALITIES.get(bare, code.strip())


def is_image_category(system: str, code: str) -> bool | None:
    """Whether a FHIR category says images or specimens; None where its system is not known."""
    system = system.rstrip("/")
    if system in (_DEPARTMENTS, "http://hl7.org/fhir/v2/0074"):
        return not is_other_department(code)
    if system == DICOM or code in _IMAGE_CATEGORIES.get(system, ()):
        return True
    if system == "http://loinc.org" or code in _OTHER_CATEGORIES.get(system, ()):
        return False
    return None


# --- parts of a report ----------------------------------------------------------------------------

# The heading of what stands under a code: suffixes of OBX-3 (HL7 v2, chapter 7), LOINC, DICOM.
_HEADINGS = {
    "IMPRESSION": ("IMP", "19005-8", "121073", "121077", "impression", "conclusion"),
    "FINDINGS": ("59776-5", "18782-3", "121071", "findings"),
    "INDICATION": ("59768-2", "18785-6", "indication", "indications", "reason for exam"),
    "HISTORY": ("11329-0", "55752-0", "history", "clinical history", "clinical information"),
    "COMPARISON": ("18834-2", "comparison", "comparisons"),
    "TECHNIQUE": ("55111-9", "technique"),
    "RECOMMENDATION": ("REC", "18783-1", "121075", "recommendation", "recommendations"),
    "ADDENDUM": ("ADT", "55107-7", "addendum"),
}
_HEADING_OF = {code.casefold(): heading for heading, codes in _HEADINGS.items() for code in codes}


def heading_word(*codes: str) -> str:
    """The heading of a part of a report, from its code or name; empty where none tells."""
    return next((h for code in codes if (h := _HEADING_OF.get(code.strip().casefold()))), "")


def with_heading(heading: str, text: str) -> str:
    """A part of a report under its heading, unless it begins with it already."""
    if not heading or text.lstrip().upper().startswith(heading[:8]):
        return text
    return f"{heading}:\n{text}"
