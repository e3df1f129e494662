"""What procedure a row is about: tables of one-liners, as hospitals write them.

A line of a table is `description`, or `modality | description`, or
`modality | code | system | description`. `meaning` puts a result into the words of the tables.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config.procedures import read_procedure_rules
from auditor.language.facts import Procedure
from auditor.language.procedure_texts import exam_titles
from auditor.language.procedures import classify_order, classify_procedure, classify_report

FOLDER = Path(__file__).parents[2] / "pipelines" / "flank_mass_calcification"
RULES = read_procedure_rules(FOLDER)

DESCRIPTIONS = {
    "radiograph yes": """
        CR | ABDOMEN
        DX | Abdomen
        CR | ABD
        XRAY | abdomen
        KUB
        CR | KUB PLAIN
        x-ray kub
        X-RAY KUB (ERECT)
        AXR
        AXR Supine & Erect
        XR ABD 2V
        XR ABD AP PORT
        Plain film abdomen
        Plain abdominal radiograph
        Plain X-ray of the abdomen
        FLAT PLATE ABDOMEN
        Flat plate
        FLAT AND UPRIGHT ABD
        Obstructive series
        XR OBSTRUCTION SERIES
        Abdominal obstruction series with PA chest
        ABDOMEN SMALL BOWEL OBSTRUCTION SERIES 3V
        ACUTE ABD SERIES
        XR 3-WAY ABDOMEN
        AAS
        DX | ABDOMEN DECUBITUS LT
        XR CHEST/ABD 1V
        CXR AND AXR
        XR Chest and Abdomen, neonate
        BABYGRAM
        XR BABY GRAM PORTABLE
        XR THORACOABDOMINAL INFANT
        XR SHUNT SERIES
        VP SHUNT SURVEY XRAY
        XR ABD/PELVIS AP
        XR PELVIS AND HIPS BILATERAL
        XR HIPS BILATERAL W AP PELVIS
        X-ray both hips with pelvis AP
        PELVIS AP/FROG LEG
        CR | PELVIS
        XR Lumbar spine AP/Lat
        LS SPINE 2V
        L-SPINE
        X-ray L/S spine AP & Lat
        XR LUMBOSACRAL SPINE 5 VIEWS
        XR THORACOLUMBAR SPINE 2V
        XR T-L SPINE AP LAT
        XR SCOLIOSIS SERIES STANDING
        SCOLIOSIS 2-3 VIEWS
        XR WHOLE SPINE AP
        X-ray D-L spine AP/Lat
        X-RAY PBH
        XR FLANK LEFT
        XR FOREIGN BODY NOSE TO RECTUM CHILD
        X-ray invertogram
        XR ABDOMEN FOR NG TUBE PLACEMENT
        XR ABDOMEN POST OPERATIVE
        PORTABLE ABDOMEN 1 VW
        XR ABDOMEN W/ OBLIQUES
        RF | XR ABDOMEN 1 VIEW
        XA | ABDOMEN 2 VIEWS
        OT | KUB
        SR | XR ABDOMEN 1 VIEW
        IVU
        INTRAVENOUS UROGRAM
        XA | IVU
        RF | INTRAVENOUS PYELOGRAM (IVP)
        RF | IVP
        X-ray IVU with control film
        EXCRETORY UROGRAPHY W TOMOS
        IVP BOLUS INFUSION
        NEPHROTOMOGRAM
        LUMBAR SPINE LIMITED
        PELVIS LIMITED
        """,
    "radiograph no": """
        XR CHEST PA/LAT
        CXR PORTABLE
        XR RIBS RT W PA CHEST
        XR HIP LT 2V
        X-ray hip right AP/Lat
        DX | SHOULDER 3 VIEWS
        XR KNEE BILAT WEIGHT BEARING
        XR SHOULDER ABDUCTION VIEW
        XR CERVICAL SPINE 5V
        XR THORACIC SPINE
        XR SACRUM AND COCCYX
        XR SI JOINTS
        X-ray PNS
        Bone age
        XR BONE AGE HAND AND WRIST
        XR SKELETAL SURVEY INFANT
        XR LONG BONE SURVEY METASTATIC
        CR | SITZ MARKER STUDY ABDOMEN DAY 5
        XR COLONIC TRANSIT STUDY ABDOMEN
        XR PELVIMETRY
        XR ABDOMEN INTRAOP
        XR ABDOMEN IN OR
        ABDOMEN C-ARM
        XR ABDOMEN MISSING INSTRUMENT COUNT, OPERATING ROOM
        XR ABD SPONGE COUNT
        UGI W KUB
        XR UPPER GI AND SMALL BOWEL W KUB
        FL UGI W/ KUB
        BARIUM ENEMA W/ OR W/O KUB
        RF | BARIUM MEAL FOLLOW THROUGH
        BE WITH AIR CONTRAST W KUB
        SMALL BOWEL FOLLOW THROUGH WITH KUB
        GASTROGRAFIN ENEMA
        ESOPHAGRAM
        RETROGRADE PYELOGRAM
        RETROGRADE UROGRAM W KUB
        URO RETRO LT
        ANTEGRADE NEPHROSTOGRAM
        LOOPOGRAM
        VCUG
        MCUG
        Micturating cystogram
        Voiding cystourethrogram
        FL CYSTOGRAM
        CR | PORTABLE FILM
        """,
    "ct full": """
        CT ABD
        CT | ABDOMEN
        CT ABD/PEL W/O
        CT ABD PELV W/WO
        CT A/P W IV
        CT AP WITH CONTRAST
        CT CAP
        CT C/A/P W CON
        CT chest-abdomen-pelvis with contrast
        CT thorax abdomen pelvis
        CT TAP
        CT CHEST AND UPPER ABDOMEN
        CAT SCAN | ABDOMEN
        CAT SCAN OF ABDOMEN
        Computed tomography abdomen
        Computerised tomography of abdomen and pelvis
        CECT abdomen
        CECT Whole Abdomen
        NCCT KUB
        CT KUB
        CT KUB PLAIN
        CT | KUB
        CT IVU
        CTU
        CT UROGRAM W/WO
        CT STONE PROTOCOL
        CT STONE SEARCH
        CT RENAL COLIC
        CT FLANK PAIN PROTOCOL
        CT HEMATURIA PROTOCOL
        CT KIDNEYS 3 PHASE
        CT RENAL MASS PROTOCOL
        CT ADRENALS W/O
        CT adrenal washout
        CT RETROPERITONEUM
        CT SOFT TISSUE FLANK LEFT
        CT ABDOMINAL WALL
        CT PSOAS
        CT ENTEROGRAPHY
        CT COLONOGRAPHY SCREENING
        CT virtual colonoscopy
        CT TRIPLE PHASE LIVER
        Triphasic CT
        CT PANCREAS PROTOCOL
        CT APPENDIX
        CTA ABD/PEL
        CTA ABDOMINAL AORTA W RUNOFF
        CTA AORTA AND ILIOFEMORAL RUNOFF
        CT TRAUMA PAN SCAN
        CT WHOLE BODY LOW DOSE
        CT ABDOMEN AND LUMBAR SPINE RECON
        CT ABDOMEN POST BIOPSY
        CT ABD PELVIS S/P NEPHRECTOMY
        CT RENAL POST ABLATION FOLLOW UP
        CT ABDOMEN BIOPSY PLANNING
        PF RAD DX CT ABD WO CON
        HC CT ABD W CONT
        MR | CT ABDOMEN
        XA | CT UROGRAM
        """,
    "ct partial": """
        CT PELVIS
        CT | PELVIS W CONTRAST
        CT BONY PELVIS
        CTA PELVIS
        CT CYSTOGRAM
        CT PELVIS AND HIPS
        """,
    "ct no": """
        CT HEAD W/O
        CT BRAIN
        CT SINUS
        CT SOFT TISSUE NECK
        CTA HEAD AND NECK
        CT CHEST
        HRCT THORAX
        HRCT
        CTPA
        CTA CHEST FOR PULMONARY EMBOLISM
        CTA THORACIC AORTA
        CT CARDIAC CALCIUM SCORE
        CT L-SPINE W/O
        CT THORACIC AND LUMBAR SPINE
        CT KNEE RT
        CT LOWER EXTREMITY
        CT TEMPORAL BONES
        CT HIP LEFT
        """,
    "ct unnamed_site": """
        CT |
        CT LIMITED FOLLOW UP
        CT 3D RECONSTRUCTION
        """,
    "mri full": """
        MRI ABD W/WO
        MR | ABDOMEN
        MRI | ABDOMEN
        MRI KIDNEYS
        MRI ADRENAL
        MR UROGRAM
        MR urography
        MRU
        MRI RETROPERITONEUM
        MRI SOFT TISSUE FLANK RT
        MRI ABDOMINAL WALL
        MRI PSOAS W CONTRAST
        MRI ABD AND PELVIS
        MR A/P
        MR ENTEROGRAPHY
        MRI LIVER W EOVIST
        MRI ABDOMEN WITH MRCP
        MRI WHOLE BODY
        Magnetic resonance imaging of abdomen
        CT | MRI ABDOMEN
        """,
    "mri partial": """
        MRI PELVIS
        MR | PELVIS W CONTRAST
        MRI FEMALE PELVIS
        MRI PELVIS SOFT TISSUE
        """,
    "mri if named": """
        MRCP
        MRI MRCP W/O
        MRI ABDOMEN WO CONT MRCP
        MRA ABDOMEN
        MRA RENAL ARTERIES
        MR ANGIO ABD
        MR VENOGRAM ABDOMEN
        MR ELASTOGRAPHY LIVER
        MRI PROSTATE W/WO
        MRI PELVIS PROSTATE 3T
        MRI RECTUM
        MRI FETAL
        """,
    "mri no": """
        MRI BRAIN
        MRI L-SPINE
        MRI LUMBAR SPINE W/WO
        MRI LS SPINE
        MRI WHOLE SPINE
        MRI LUMBAR SPINE PARASPINAL MUSCLES
        MRI KNEE
        MRI HIP LT
        MRI PELVIS AND HIPS
        MRA HEAD
        MRI CARDIAC
        MRI BREAST
        """,
    "mri unnamed_site": """
        MR |
        MRI SOFT TISSUE
        """,
    "biopsy": """
        BX KIDNEY LT
        US | US GUIDED CORE BIOPSY KIDNEY
        US GUIDED RENAL BX
        CT GUIDED BIOPSY RIGHT RENAL MASS
        CT | CT GUIDED BX L ADRENAL
        CT GUIDED CORE NEEDLE BIOPSY RETROPERITONEAL NODE
        IR BX RETROPERITONEUM PERC
        USG guided FNAC left renal lesion
        US FNA ADRENAL
        USG guided tru-cut biopsy flank mass
        TRU CUT BIOPSY LOIN SWELLING
        FINE NEEDLE ASPIRATION KIDNEY
        OPEN BIOPSY OF RETROPERITONEAL TUMOUR
        INCISIONAL BIOPSY LEFT FLANK
        EXCISIONAL BIOPSY SOFT TISSUE FLANK
        LAPAROSCOPIC BIOPSY RETROPERITONEAL MASS
        BX PARASPINAL MUSCLE
        CT BIOPSY PSOAS
        BIOPSY ABDOMINAL MASS
        BIOPSY ABD WALL SOFT TISSUE
        CT BX ABD/PELVIS
        BIOPSY SOFT TISSUE BACK
        CORE BX OMENTAL MASS
        MR | MR GUIDED BIOPSY KIDNEY
        XA | RENAL BIOPSY
        XR BIOPSY KIDNEY
        Excision of Left Kidney, Percutaneous Approach, Diagnostic
        SURGICAL PATHOLOGY - RENAL MASS CORE BIOPSY
        """,
    "biopsy unnamed_site": """
        CT GUIDED BIOPSY
        US GUIDED NEEDLE BIOPSY
        BIOPSY
        FNA WITH IMAGING GUIDANCE
        SOFT TISSUE BIOPSY
        MUSCLE BIOPSY
        IR PERC BIOPSY
        """,
    "biopsy medical_renal": """
        US GUIDED TRANSPLANT KIDNEY BIOPSY
        US RENAL TRANSPLANT BX
        NATIVE RENAL BIOPSY
        US GUIDED NATIVE KIDNEY BIOPSY FOR PROTEINURIA
        RANDOM RENAL CORE BIOPSY
        RENAL ALLOGRAFT BIOPSY
        MEDICAL RENAL BIOPSY
        SURGICAL PATHOLOGY NATIVE KIDNEY BIOPSY
        """,
    "biopsy ambiguous_surgery": """
        EXPLORATORY LAPAROTOMY
        EXPLORATION OF RETROPERITONEUM
        DIAGNOSTIC LAPAROSCOPY
        FLANK EXPLORATION
        """,
    "surgery": """
        LEFT NEPHRECTOMY
        ROBOTIC PARTIAL NEPHRECTOMY
        ADRENALECTOMY LAPAROSCOPIC
        RESECTION RETROPERITONEAL SARCOMA
        EXCISION OF FLANK MASS
        LAPAROSCOPIC HERNIA REPAIR
        EXPLORATORY LAPAROTOMY WITH NEPHRECTOMY
        SURGICAL PATHOLOGY NEPHRECTOMY SPECIMEN
        """,
    "pathology": """
        SURGICAL PATHOLOGY
        HISTOPATHOLOGY REPORT
        CYTOLOGY NON-GYN
        TISSUE EXAM BY PATHOLOGIST
        PATH |
        FNA IMMEDIATE EVAL
        """,
    "ultrasound": """
        US ABD LTD
        USG ABDOMEN
        USG KUB
        US | KUB
        U/S KIDNEYS AND BLADDER
        SONO RENAL
        SONO | KIDNEY
        Doppler renal transplant
        PORTABLE ULTRASOUND ABDOMEN
        CEUS KIDNEY
        US | ABDOMEN COMPLETE
        US SOFT TISSUE LUMBAR
        US ABDOMEN AND GROIN
        US KIDNEYS AND THYROID
        ULTRASOUND
        """,
    "other": """
        US THYROID
        US | NECK SOFT TISSUE
        DUPLEX LOWER EXTREMITY VEINS
        US CAROTID
        US SPINE INFANT
        US GUIDED LIVER BIOPSY
        LIVER BX FOR FIBROSIS
        US GUIDED BREAST CORE BIOPSY
        STEREOTACTIC BREAST BX
        PROSTATE BIOPSY TRUS
        US FNA THYROID NODULE
        BONE MARROW BIOPSY
        BONE MARROW BX ILIAC CREST
        SKIN PUNCH BIOPSY FLANK
        SHAVE BIOPSY SKIN OF BACK
        CT GUIDED LUNG BIOPSY
        CT BX BONE LUMBAR VERTEBRA
        LYMPH NODE BIOPSY AXILLA
        ENDOSCOPIC US FNA PANCREAS
        COLONOSCOPY WITH BIOPSY
        ENDOMETRIAL BIOPSY
        TRANSBRONCHIAL BIOPSY
        URETEROSCOPIC BIOPSY RENAL PELVIS
        CT BIOPSY PELVIC MASS
        CT GUIDED DRAINAGE RETROPERITONEAL ABSCESS
        CT DRAIN PLACEMENT ABDOMEN
        CT CRYOABLATION RENAL LT
        RF ABLATION RENAL MASS W CT GUIDANCE
        CT GUIDED FIDUCIAL PLACEMENT ADRENAL
        US GUIDED RENAL CYST ASPIRATION
        NEPHROSTOMY PLACEMENT LT
        CT GUIDANCE FOR NEEDLE PLACEMENT
        US GUIDANCE NEEDLE PLACEMENT
        CT SCOUT
        CT ABDOMEN SCOUT ONLY
        CT SIMULATION ABDOMEN
        CT ABDOMEN RADIATION THERAPY PLANNING
        PET/CT SKULL BASE TO THIGH
        PT | PET CT WHOLE BODY
        CT ABD PELVIS W CON - PET
        PET MR ABDOMEN
        NM | BONE SCAN
        MIBG
        MIBG SPECT/CT ABDOMEN
        DMSA RENAL SCAN
        MAG3 RENOGRAM
        DEXA
        DXA BONE DENSITY LUMBAR SPINE
        MG | SCREENING BILATERAL
        RENAL ARTERIOGRAM
        LUMBAR PUNCTURE UNDER FLUORO
        FL LUMBAR PUNCTURE
        MYELOGRAM LUMBAR
        IVP CHEMO PUSH
        INJ IVP EA ADDL DRUG
        IVP SINGLE MEDICATION
        RENAL FUNCTION PANEL
        ENDOSCOPY | UPPER
        COLONOSCOPY
        TRIGGER POINT INJECTION
        XR GUIDED SHOULDER INJECTION
        SHOULDER RIGHT
        SURGICAL PATHOLOGY SKIN
        IVP ADDL
        """,
    "unknown": """
        OFFICE VISIT LEVEL 3
        COMPLETE BLOOD COUNT
        OT |
        CONSULTATION
        """,
}

CODED = {
    "radiograph yes": """
        | 74018 | CPT |
        | 74018-26 | CPT |
        | 74018 26 | CPT4 |
        | 74018-26-59 | CPT |
        | 74019TC | |
        | 74018.0 | |
        | 74022 | HCPCS |
        | 74400 | http://www.ama-assn.org/go/cpt |
        | 72082 | CPT |
        | 24564-7 | LN |
        CT | 74018 | CPT |
        DX | 74018 | CPT | PORTABLE
        DX | 71045 | CPT | XR CHEST AND ABDOMEN INFANT
        DX | LAB123 | LOCAL | XR ABDOMEN 1 VIEW
        | KUB | LOCAL |
        CR\\SR | | | ABDOMEN
        DX | 99990 | RIS | XR ABDOMEN
        """,
    "radiograph no": """
        | 71046 | CPT |
        | 74420 | CPT | KUB
        | 74246 | CPT |
        CR | 74018 | CPT | XR ABDOMEN INTRAOPERATIVE
        | 74018 | | XR CHEST 1 VIEW INTRAOPERATIVE
        | 50200 | | XR CHEST 2 VIEWS
        | 73502 | | XR HIP LEFT 2V
        """,
    "ct full": """
        | 74177 | CPT |
        | 74176TC | CPT |
        | RPID145 | RADLEX |
        | rpid145 | |
        | CTAPE | RADLEX_SHORT |
        | 16457501000119102 | SCT |
        | 44115-4 | http://loinc.org |
        | 72193 | CPT | CT ABDOMEN AND PELVIS
        CT | 76380 | CPT | CT ABDOMEN LIMITED
        | 71260,74177 | CPT |
        MR | 74177 | CPT |
        CR | 74018 | | CT ABDOMEN
        CT\\SR | | | ABDOMEN
        CR | 74018 | CPT | CT ABDOMEN
        """,
    "ct partial": """
        | 72193 | CPT |
        """,
    "ct no": """
        | 70450 | CPT |
        | 72131 | CPT | LUMBAR
        """,
    "ct unnamed_site": """
        | 76380 | CPT |
        """,
    "mri full": """
        | 74183 | CPT |
        | 72195 | CPT | MRI ABDOMEN AND PELVIS
        """,
    "mri partial": """
        | 72197-26 | CPT |
        """,
    "mri if named": """
        | 74185 | CPT |
        | 74181 | CPT | MRCP
        | 72197 | CPT | MRI PROSTATE
        """,
    "biopsy": """
        | 50200 | CPT |
        US | 50200 | CPT | US KIDNEY
        US | 50200 | CPT | US GUIDED BIOPSY
        US | 50200 | CPT | US GUIDANCE FOR PROCEDURE
        US | 76942 | CPT | US GUIDED CORE BIOPSY KIDNEY
        CT | 77012 | CPT | CT BIOPSY RETROPERITONEAL MASS
        | 49180 | CPT | CT ABDOMEN
        | 0TB13ZX | ICD-10-PCS | Excision of Left Kidney, Percutaneous Approach, Diagnostic
        | 0TB14ZX | ICD10PCS | Excision of Left Kidney, Percutaneous Endoscopic Approach, Diagnostic
        | 10009 | CPT | CT GUIDED FNA ADRENAL
        | 20206 | CPT | NEEDLE BIOPSY PSOAS MUSCLE
        """,
    "biopsy unnamed_site": """
        | 10005 | CPT |
        | 77012 | CPT | CT GUIDED BIOPSY
        | 20206 | CPT |
        """,
    "biopsy medical_renal": """
        | 50200 | CPT | US GUIDED TRANSPLANT KIDNEY BIOPSY
        """,
    "biopsy ambiguous_surgery": """
        | 49010 | CPT |
        """,
    "surgery": """
        | 50230 | CPT |
        | 49203 | CPT | EXCISION RETROPERITONEAL TUMOR
        """,
    "pathology": """
        | 88305 | CPT |
        | 88307 | CPT | SURGICAL PATHOLOGY
        """,
    "other": """
        | 77012 | CPT |
        | 77012 | CPT | CT GUIDANCE NEEDLE PLACEMENT
        | 78815 | CPT | CT ABDOMEN
        PT | 74177 | CPT | PET/CT SKULL TO THIGH
        PT\\CT | | | WHOLE BODY
        | 47000 | CPT |
        | 50200 | CPT | US GUIDED LIVER BIOPSY
        | 10005 | CPT | US FNA THYROID
        | 50390 | CPT | US GUIDED RENAL CYST ASPIRATION
        """,
    "unknown": """
        | 99213 | CPT |
        ZZTOP | | | ABDOMEN
        | XYZ9 | LOCAL |
        """,
}


def meaning(procedure: Procedure) -> str:
    """A result in the words of the tables."""
    if procedure.doubt:
        return f"{procedure.kind} {procedure.doubt}"
    if procedure.condition == "names_lesion":
        return f"{procedure.kind} if named"
    if procedure.kind in ("ct", "mri"):
        return f"{procedure.kind} {procedure.coverage or 'no'}"
    if procedure.kind == "radiograph":
        return "radiograph yes" if procedure.qualifies else "radiograph no"
    if procedure.kind == "biopsy" and not procedure.qualifies:
        return "biopsy not done" if procedure.rule == "text_not_done" else "biopsy elsewhere"
    return procedure.kind


def lines_of(table: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (line.strip(), expected)
        for expected, lines in table.items()
        for line in lines.strip().splitlines()
    ]


def columns_of(line: str) -> dict[str, str]:
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) < 4:
        cells = [*([""] if len(cells) == 1 else []), *cells]
        cells = [cells[0], "", "", cells[1]]
    return dict(
        zip(("modality", "code", "code_system", "description"), cells, strict=True),
    )


@pytest.mark.parametrize(("line", "expected"), lines_of(DESCRIPTIONS))
def test_descriptions(line: str, expected: str) -> None:
    assert meaning(classify_procedure(RULES, **columns_of(line))) == expected


@pytest.mark.parametrize(("line", "expected"), lines_of(CODED))
def test_codes_and_descriptions_that_disagree(line: str, expected: str) -> None:
    assert meaning(classify_procedure(RULES, **columns_of(line))) == expected


def test_the_word_rules_agree_with_every_listed_description() -> None:
    """The rules alone, without looking the description up, on all names of the hospital lists.

    The two that remain name the pelvis beside a study of the whole abdomen.
    """
    by_rules_alone = replace(RULES, descriptions={})
    with (FOLDER / "codes.csv").open(encoding="utf-8", newline="") as file:
        listed = [row for row in csv.DictReader(file) if row["code_system"] == "LOCAL"]
    wrong = []
    for row in listed:
        role = RULES.settings.roles[row["role"]]
        found = classify_procedure(
            by_rules_alone, modality="", code="", code_system="", description=row["code"]
        )
        expected = (role.kind, role.qualifies, role.coverage, role.condition, role.doubt)
        if expected != (
            found.kind,
            found.qualifies,
            found.coverage,
            found.condition,
            found.doubt,
        ):
            wrong.append(row["code"])
    assert len(listed) > 1000
    assert wrong == ["CT ENTEROCLYSIS PELV", "CT RENAL STONE SURVEY PELVIC"]


def test_every_listed_code_is_found_under_its_system() -> None:
    with (FOLDER / "codes.csv").open(encoding="utf-8", newline="") as file:
        coded = [row for row in csv.DictReader(file) if row["code_system"] != "LOCAL"]
    for row in coded:
        role = RULES.settings.roles[row["role"]]
        found = classify_procedure(
            RULES, modality="", code=row["code"], code_system=row["code_system"], description=""
        )
        assert (found.kind, found.qualifies) == (role.kind, role.qualifies), row
        assert found.rule == f"{row['code_system']}:{row['code'].upper()}"


REPORTS = [
    # (description, text, meaning)
    (
        "SURGICAL PATHOLOGY",
        "SPECIMEN: Left perinephric mass, core needle biopsy\nDIAGNOSIS: Liposarcoma.",
        "biopsy",
    ),
    (
        "SURGICAL PATHOLOGY",
        "SPECIMEN: Soft tissue, right\nloin, incisional biopsy\nGROSS: Tan wedge.",
        "biopsy",
    ),
    ("HISTOPATHOLOGY", "SPECIMEN: Lump left flank, excision biopsy", "biopsy"),
    ("CYTOLOGY", "Source: Adrenal, left, FNA\nDiagnosis: Metastatic carcinoma.", "biopsy"),
    (
        "SURGICAL PATHOLOGY",
        "SPECIMEN: A. Bone marrow, trephine biopsy B. Retroperitoneal mass, needle core biopsy",
        "biopsy",
    ),
    (
        "SURGICAL PATHOLOGY",
        "FINAL DIAGNOSIS:\nKidney, left, needle core biopsy:\n - Renal cell carcinoma.",
        "biopsy",
    ),
    (
        "SURGICAL PATHOLOGY",
        "Diagnosis: Para-aortic lymph node, core biopsy: metastatic prostate carcinoma.",
        "biopsy",
    ),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Abdominal mass, core biopsy", "biopsy"),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Left kidney\nGROSS: Three tan cores.", "biopsy"),
    (
        "SURGICAL PATHOLOGY",
        "SPECIMEN: Left kidney\nGROSS: A kidney weighing 310 g with perirenal fat.",
        "surgery",
    ),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Left kidney, radical nephrectomy", "surgery"),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Right flank mass, wide local excision", "surgery"),
    (
        "SURGICAL PATHOLOGY",
        "CLINICAL HISTORY: Left renal mass.\nSPECIMEN: Bone marrow, iliac crest, trephine biopsy",
        "other",
    ),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Skin, left flank, punch biopsy", "other"),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Breast, left, core biopsy", "other"),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Prostate, left base, needle core biopsy", "other"),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Liver, needle core biopsy, ?steatohepatitis", "other"),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Lung, right upper lobe, transbronchial biopsy", "other"),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Colon, endoscopic biopsy", "other"),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Core biopsy", "biopsy unnamed_site"),
    ("SURGICAL PATHOLOGY", "SPECIMEN: Left renal mass", "biopsy ambiguous_surgery"),
    (
        "SURGICAL PATHOLOGY",
        "SPECIMEN: Kidney, left, needle biopsy\nDIAGNOSIS: IgA nephropathy.",
        "biopsy medical_renal",
    ),
    ("SURGICAL PATHOLOGY", "Appendix: acute appendicitis.", "pathology"),
    (
        "CT GUIDED BIOPSY",
        "CT GUIDED BIOPSY\nThe left retroperitoneal mass was localised. Three passes were made.",
        "biopsy",
    ),
    (
        "CT GUIDED BIOPSY",
        "The skin was prepped. A needle was advanced into the lung nodule. Two cores were taken.",
        "biopsy elsewhere",
    ),
    ("CT GUIDED BIOPSY", "The needle was passed into the left kidney.", "biopsy"),
    ("CT GUIDED BIOPSY", "The needle was passed into the liver.", "biopsy elsewhere"),
    ("CT GUIDED BIOPSY", "Left adrenal tumour. Successful.", "biopsy"),
    ("CT GUIDED BIOPSY", "Lung nodule. Successful.", "biopsy elsewhere"),
    ("CT GUIDED BIOPSY", "Technically successful. No complication.", "biopsy unnamed_site"),
    (
        "US GUIDED CORE BIOPSY KIDNEY",
        "The lesion could not be seen. Biopsy was not performed.",
        "biopsy not done",
    ),
    ("CT GUIDED BIOPSY RENAL MASS", "INR 2.4. The biopsy was deferred.", "biopsy not done"),
    ("CT GUIDED BIOPSY RENAL MASS", "No safe access window. Procedure aborted.", "biopsy not done"),
    ("CT GUIDED BIOPSY RENAL MASS", "The patient declined the biopsy today.", "biopsy not done"),
    (
        "CT GUIDED BIOPSY RENAL MASS",
        "FNA was deferred to core biopsy. Four cores were obtained from the renal mass.",
        "biopsy",
    ),
    (
        "CT GUIDED BIOPSY RENAL MASS",
        "Biopsy was not performed; no samples were taken.",
        "biopsy not done",
    ),
    (
        "US GUIDED RENAL BIOPSY",
        "INDICATION: Nephrotic syndrome. Two cores of the lower pole.",
        "biopsy medical_renal",
    ),
    (
        "US GUIDED RENAL BIOPSY",
        "INDICATION: Solid mass, chronic kidney disease. Two cores of the mass.",
        "biopsy",
    ),
    (
        "US GUIDED RENAL BIOPSY",
        "INDICATION: Rising creatinine, no mass on ultrasound. Two cores.",
        "biopsy medical_renal",
    ),
    ("US GUIDED RENAL BIOPSY", "Two cores of the left kidney were obtained.", "biopsy"),
    (
        "EXPLORATORY LAPAROTOMY",
        "A wedge biopsy of the retroperitoneal mass was taken.",
        "biopsy",
    ),
    ("EXPLORATORY LAPAROTOMY", "The left kidney and mass were resected en bloc.", "surgery"),
    ("", "CT ABDOMEN AND PELVIS WITH CONTRAST\nThe liver is normal.", "ct full"),
    ("", "RADIOLOGY REPORT\nEXAM: KUB\nCLINICAL: pain", "radiograph yes"),
    ("", "Exam:\nMRI brain\nFindings: normal", "mri no"),
    ("OPERATIVE NOTE", "OPERATIVE NOTE\nOPERATION: Open biopsy left flank mass", "biopsy"),
    ("", "Abdominal tenderness since Tuesday", "unknown"),
    ("IMAGING", "ULTRASOUND OF THE KIDNEYS\nNormal.", "ultrasound"),
]


@pytest.mark.parametrize(("description", "text", "expected"), REPORTS)
def test_reports(description: str, text: str, expected: str) -> None:
    found = classify_report(
        RULES, modality="", code="", code_system="", description=description, text=text
    )
    assert meaning(found) == expected


BY_MODALITY = [
    ("CT", "CT ABDOMEN\nNormal.", "ct full"),
    ("CT", "The kidneys enhance normally. Bowel is unremarkable.", "ct full"),
    ("CT", "The ventricles are of normal size.", "ct no"),
    ("CT", "No acute finding.", "ct unnamed_site"),
    ("MR", "Both kidneys and the bowel are normal.", "mri full"),
    ("MR", "No intracranial lesion. The ventricles are normal.", "mri no"),
    ("CR", "XR CHEST PA\nLungs are clear.", "radiograph no"),
    ("CR", "Unremarkable bowel gas pattern.", "radiograph yes"),
    ("CR", "Lungs are clear. Unremarkable bowel gas pattern.", "radiograph no"),
]


@pytest.mark.parametrize(("modality", "text", "expected"), BY_MODALITY)
def test_reports_known_by_their_modality_alone(modality: str, text: str, expected: str) -> None:
    found = classify_report(
        RULES, modality=modality, code="", code_system="", description="", text=text
    )
    assert meaning(found) == expected


@pytest.mark.parametrize(
    ("description", "reason", "expected"),
    [
        ("CT GUIDED BIOPSY", "Retroperitoneal mass", "biopsy"),
        ("CT GUIDED BIOPSY", "New lesion in the liver", "biopsy elsewhere"),
        ("CT GUIDED BIOPSY", "Known renal tumour, new lung nodule", "biopsy unnamed_site"),
        ("CT GUIDED BIOPSY", "", "biopsy unnamed_site"),
        ("US GUIDED RENAL BIOPSY", "Nephrotic range proteinuria", "biopsy medical_renal"),
        ("US GUIDED RENAL BIOPSY", "4 cm mass, CKD 3", "biopsy"),
        ("US GUIDED RENAL BIOPSY", "Earlier biopsy was not performed", "biopsy"),
        ("CT ABDOMEN", "Nephrotic syndrome", "ct full"),
    ],
)
def test_orders_read_their_reason(description: str, reason: str, expected: str) -> None:
    found = classify_order(
        RULES, modality="", code="", code_system="", description=description, reason=reason
    )
    assert meaning(found) == expected


def test_every_rule_decides_a_line_of_the_tables() -> None:
    columns = [columns_of(line) for table in (DESCRIPTIONS, CODED) for line, _ in lines_of(table)]
    deciding = {classify_procedure(RULES, **given).rule for given in columns}
    nothing = dict.fromkeys(("modality", "code", "code_system", "description"), "")
    for description, text, _ in REPORTS:
        given = nothing | {"description": description}
        deciding.add(classify_report(RULES, **given, text=text).rule)
    for modality, text, _ in BY_MODALITY:
        deciding.add(classify_report(RULES, **(nothing | {"modality": modality}), text=text).rule)
    rules = (*RULES.settings.rules, *RULES.settings.text_rules)
    assert [rule.id for rule in rules if rule.id not in deciding] == []


def test_what_decided_is_said() -> None:
    def decided(text: str = "", **columns: str) -> tuple[str, str]:
        given = dict.fromkeys(("modality", "code", "code_system", "description"), "") | columns
        found = classify_report(RULES, **given, text=text)
        return found.basis, found.rule

    assert decided(code="74018", code_system="CPT") == ("code", "CPT:74018")
    assert decided(description="XR ABDOMEN") == ("description", "index_film")
    assert decided(modality="US") == ("modality", "ultrasound")
    assert decided("KUB\nNormal.", modality="CR") == ("text", "index_film")
    assert decided(description="CONSULTATION") == ("", "")


def test_a_title_is_used_only_where_the_columns_leave_it_open() -> None:
    columns = {"modality": "CT", "code": "", "code_system": ""}
    open_row = classify_procedure(RULES, **columns, description="", title="CT HEAD")
    told_row = classify_procedure(RULES, **columns, description="CT ABDOMEN", title="CT HEAD")
    assert meaning(open_row) == "ct no"
    assert meaning(told_row) == "ct full"


def test_titles_of_a_text() -> None:
    assert exam_titles(RULES, "\n XR KUB \nClinical: pain") == ["XR KUB"]
    assert exam_titles(RULES, "REPORT\nPROCEDURE: CT head\n")[0] == "CT head"
    assert exam_titles(RULES, "Examination:\n\nMRI abdomen\nNormal.")[0] == "MRI abdomen"
    assert exam_titles(RULES, "") == []
    assert exam_titles(RULES, "word " * 15) == []
    assert exam_titles(RULES, "Film of the abdomen.\nThe kidneys look normal today.") == [
        "Film of the abdomen."
    ]


PLAIN = st.text(alphabet="abcdefghijklmnopqrstuvwxyz 0123456789/-.,&()", max_size=60)
LISTED = st.sampled_from([line for line, _ in lines_of(DESCRIPTIONS) if "|" not in line])


@given(LISTED)
def test_case_and_blanks_make_no_difference(description: str) -> None:
    def found(written: str) -> Procedure:
        return classify_procedure(RULES, modality="", code="", code_system="", description=written)

    assert found(description.lower()) == found(description.upper()) == found(f"  {description} ")
    assert found(description.replace(" ", "  ")) == found(description.replace(" ", " - "))


@given(PLAIN, PLAIN, PLAIN, PLAIN, st.text(max_size=200))
def test_any_words_give_a_known_kind(
    modality: str, code: str, system: str, description: str, text: str
) -> None:
    found = classify_report(
        RULES,
        modality=modality,
        code=code,
        code_system=system,
        description=description,
        text=text,
    )
    assert found.kind in RULES.settings.kinds
    assert found.kind != "unknown" or (found.rule, found.qualifies) == ("", False)


@given(LISTED, st.sampled_from(["HC", "HB", "PF", "CHG"]))
def test_billing_prefixes_tell_nothing(description: str, prefix: str) -> None:
    def found(written: str) -> Procedure:
        return classify_procedure(RULES, modality="", code="", code_system="", description=written)

    assert found(f"{prefix} {description}") == found(description)
