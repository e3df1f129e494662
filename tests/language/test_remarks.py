"""Remarks, rule by rule: tables of one-liners that say what makes a remark and what does not."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.config.remarks import RemarkRules, read_remark_rules
from auditor.errors import ConfigError
from auditor.language.remarks import find_remarks

PIPELINE = Path(__file__).parents[2] / "pipelines" / "flank_mass_calcification"
RULES: RemarkRules = read_remark_rules(PIPELINE)


def made(text: str, *, kind: str = "radiograph", table: str = "reports") -> set[tuple[str, str]]:
    """The (kind, value) pairs of a text's remarks."""
    return {(r.kind, r.value) for r in find_remarks(RULES, text, table=table, kind=kind)}


def values(text: str, remark: str, *, kind: str = "radiograph", table: str = "reports") -> set[str]:
    """The values of one kind of remark."""
    return {value for found, value in made(text, kind=kind, table=table) if found == remark}


# --- a CT done elsewhere -------------------------------------------------------------------------

OUTSIDE_CT = [
    ("COMPARISON: Outside CT abdomen of 4/12/2023.", "4/12/2023"),
    ("COMPARISON: CT abdomen and pelvis from an outside hospital dated 2024-02-03.", "2024-02-03"),
    ("Comparison: OSH CT 03/2024.", "03/2024"),
    ("Comparison: Imported CT of 12 March 2024.", "12 March 2024"),
    ("COMPARISON: CT ABDOMEN PERFORMED AT ANOTHER FACILITY ON 5/6/2023.", "5/6/2023"),
    ("Comparison: Private CT, images on disc.", ""),
    ("The lesion is as described on the outside CT.", ""),
    ("Findings match the CT done at another hospital two weeks ago.", ""),
    ("The patient had a CT elsewhere yesterday.", ""),
    ("CT was performed elsewhere and the images are not available to us.", ""),
    ("Correlated with the CT supplied on CD.", ""),
    ("CT abdomen from St Hilda's Hospital, 2 June 2024, shows the same mass.", "2 June 2024"),
    ("The referring hospital's CT has been uploaded.", ""),
    ("History: renal mass seen on outside abdominal CT.", ""),
    ("Comparison: outside non-contrast CT.", ""),
    ("Patient brought a CT with her on DVD.", ""),
    ("Ultrasound of the left kidney. CT from outside facility reviewed.", ""),
    ("An external CT KUB is available on the image exchange.", ""),
    ("Mass unchanged since the outside hospital CT scan.", ""),
    ("CT chest, abdomen and pelvis from an outside institution was reviewed.", ""),
    ("Outside CT is not available for direct comparison.", ""),
    ("Recommend comparison with the outside CT.", ""),
    ("CT scan done overseas last month reportedly showed a kidney tumour.", ""),
    ("Second opinion on CT from a district hospital.", ""),
    ("Has had a CT abdomen privately.", ""),
    ("Correlation with the patient's outside CT was made.", ""),
    ("No change from the outside CT.", ""),
]

NOT_OUTSIDE_CT = [
    "COMPARISON: No prior CT available.",
    "COMPARISON: None. No outside CT available.",
    "Comparison: Outside ultrasound of 3/4/2024.",
    "Comparison: outside films.",
    "COMPARISON: Outside CT chest of 1/2/2024.",
    "Outside head CT was normal.",
    "CT of the brain from an outside hospital was reviewed.",
    "Chest CT at another hospital showed no nodule.",
    "Recommend CT at an outside facility.",
    "CT is advised and can be done at another hospital.",
    "If a CT was done elsewhere it should be sent to us.",
    "I would suggest CT unless one has been done at another facility.",
    "It is unclear whether a CT was performed elsewhere.",
    "CT will be performed at the referring hospital.",
    "CT to be arranged at her local hospital.",
    "CT abdomen scheduled at another site.",
    "The patient has never had a CT here or elsewhere.",
    "The mass lies outside the kidney. CT recommended.",
    "History of a mass seen at another facility.",
    "Comparison: CT abdomen of 3/4/2024.",
    "CT performed at this hospital on 3/4/2024.",
    "Outside MRI of the abdomen was reviewed.",
    "Comparison with any outside CT would be useful.",
    "PET/CT was performed at an outside institution.",
    "CT-guided drainage was done at another hospital.",
    "Stone passed elsewhere. CT advised.",
    "Correlation with prior outside imaging, if available, is suggested.",
]


@pytest.mark.parametrize(("text", "date"), OUTSIDE_CT)
def test_names_a_ct_done_elsewhere(text: str, date: str) -> None:
    assert values(text, "outside_ct", kind="ultrasound") == {date}


@pytest.mark.parametrize("text", NOT_OUTSIDE_CT)
def test_names_no_ct_done_elsewhere(text: str) -> None:
    assert values(text, "outside_ct", kind="ultrasound") == set()


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("COMPARISON: CT abdomen 3/4/2024.", "3/4/2024"),
        ("Comparison: CT.", ""),
        ("COMPARISON: KUB of 2019 and CT of 7 May 2021.", "7 May 2021"),
        ("The mass is similar to the CT of 10/2022.", "10/2022"),
        ("Unchanged since the prior CT.", ""),
        ("HISTORY: Renal mass on CT.", ""),
    ],
)
def test_compares_with_a_ct(text: str, date: str) -> None:
    assert values(text, "ct_comparison") == {date}
    assert values(text, "outside_ct") == set()


@pytest.mark.parametrize(
    "text",
    [
        "COMPARISON: None.",
        "COMPARISON: No prior CT.",
        "COMPARISON: CT chest 3/4/2024.",
        "COMPARISON: Outside CT abdomen of 4/12/2023.",
        "CT is recommended.",
        "Correlation with CT is recommended.",
        "COMPARISON: CT head 2020.",
    ],
)
def test_compares_with_no_ct(text: str) -> None:
    assert values(text, "ct_comparison") == set()


# --- already diagnosed or treated ----------------------------------------------------------------

KNOWN = [
    ("INDICATION: Known neuroblastoma, vomiting.", "neuroblastoma"),
    ("HISTORY: Known left renal cell carcinoma.", "renal_cell"),
    ("Clinical: known RCC, ?obstruction.", "renal_cell"),
    ("INDICATION: 4-year-old girl with known stage 3 neuroblastoma, fever.", "neuroblastoma"),
    ("HISTORY: Biopsy-proven Wilms tumor.", "wilms"),
    ("INDICATION: s/p left nephrectomy for RCC, pain.", "renal_cell"),
    ("HISTORY: Status post right nephrectomy for Wilms' tumour.", "wilms"),
    ("Clinical details: previously diagnosed hydatid cyst of the left kidney.", "hydatid"),
    ("HISTORY: Treated Wilms tumour, routine film.", "wilms"),
    ("HISTORY: Wilms tumour of the right kidney, treated with chemotherapy.", "wilms"),
    ("INDICATION: On chemotherapy for neuroblastoma.", "neuroblastoma"),
    ("INDICATION: Recurrent neuroblastoma.", "neuroblastoma"),
    ("HISTORY: Residual neuroblastoma after surgery.", "neuroblastoma"),
    ("HISTORY: History of resected retroperitoneal liposarcoma.", "sarcoma"),
    ("HISTORY: histologically confirmed renal cell carcinoma on the left.", "renal_cell"),
    ("INDICATION: Established diagnosis of adrenal myelolipoma.", "adrenal_tumour"),
    ("Follow-up of known angiomyolipoma of the right kidney.", "angiomyolipoma"),
    ("CLINICAL: UNDER SURVEILLANCE FOR KNOWN ANGIOMYOLIPOMA.", "angiomyolipoma"),
    ("K/C/O Wilms tumour on chemo.", "wilms"),
    ("HISTORY: Diagnosed with renal cell carcinoma in 2022.", "renal_cell"),
    ("Biopsy last month showed liposarcoma.", "sarcoma"),
    ("IMPRESSION: Left renal mass, known renal cell carcinoma.", "renal_cell"),
    ("INDICATION: Neuroblastoma, tube position.", "neuroblastoma"),
    ("HISTORY: 3 year old boy with Wilms tumour.", "wilms"),
    ("INDICATION: Metastatic RCC, constipation.", "renal_cell"),
    ("Known large left-sided adrenal ganglioneuroma.", "ganglioneuroma"),
    ("HISTORY: h/o RCC s/p cryoablation.", "renal_cell"),
    ("Neuroblastoma, post chemotherapy, with residual calcification.", "neuroblastoma"),
    ("HISTORY: Known pheochromocytoma awaiting surgery.", "pheochromocytoma"),
    ("Known case of xanthogranulomatous pyelonephritis.", "kidney_infection"),
    ("History: right renal tumour treated by cryoablation in 2019.", ""),
    ("61 year old man s/p RFA of left renal mass, vomiting", ""),
    ("Previous left nephrectomy for cancer.", ""),
]

NOT_KNOWN = [
    "HISTORY: Known mass, uncharacterised.",
    "HISTORY: Known left renal mass.",
    "INDICATION: Known retroperitoneal mass for biopsy.",
    "HISTORY: History of breast cancer.",
    "HISTORY: Known colon cancer, right flank mass.",
    "HISTORY: His brother had a kidney cancer.",
    "INDICATION: Family history of renal cell carcinoma.",
    "HISTORY: Sibling with neuroblastoma.",
    "INDICATION: Rule out neuroblastoma.",
    "INDICATION: ?Wilms.",
    "INDICATION: Left flank mass, ? neuroblastoma",
    "INDICATION: Wilms tumour?",
    "HISTORY: Beckwith-Wiedemann, screening for Wilms tumor.",
    "HISTORY: Known peripheral vascular disease.",
    "HISTORY: Known left renal stone.",
    "IMPRESSION: Calcified left suprarenal mass, likely neuroblastoma.",
    "IMPRESSION: Left adrenal mass. Neuroblastoma is possible.",
    "IMPRESSION: Right renal mass; consider renal cell carcinoma.",
    "IMPRESSION: Known left renal mass, suspicious for renal cell carcinoma.",
    "IMPRESSION: Calcified renal mass, renal cell carcinoma until proven otherwise.",
    "IMPRESSION: D/D: Wilms tumour, neuroblastoma.",
    "IMPRESSION: Mass, Wilms tumour versus neuroblastoma.",
    "No history of renal cell carcinoma.",
    "HISTORY: Prior lithotripsy. Known hydatid disease of the liver.",
    "HISTORY: Previous nephrectomy for stone disease.",
    "HISTORY: History of liposarcoma of the thigh.",
    "HISTORY: Known ovarian teratoma.",
    "IMPRESSION: Left renal mass. Biopsy advised to confirm renal cell carcinoma.",
    "INDICATION: Risk of Wilms tumour, WAGR.",
    "IMPRESSION: Pattern typical of myositis ossificans.",
    "IMPRESSION: Retroperitoneal teratoma is the leading consideration.",
    "HISTORY: Known diabetes. Left flank mass.",
]


@pytest.mark.parametrize(("text", "value"), KNOWN)
def test_says_that_the_lesion_is_already_diagnosed(text: str, value: str) -> None:
    assert value in values(text, "known_diagnosis")


@pytest.mark.parametrize("text", NOT_KNOWN)
def test_says_nothing_of_a_diagnosis(text: str) -> None:
    assert values(text, "known_diagnosis") == set()


@pytest.mark.parametrize(
    "reason", ["Known L RCC, ileus", "neuroblastoma, day 5 of chemo", "66M s/p nephrectomy for RCC"]
)
def test_an_order_says_that_the_lesion_is_already_diagnosed(reason: str) -> None:
    assert values(reason, "known_diagnosis", table="orders")


@pytest.mark.parametrize(
    "reason", ["r/o neuroblastoma", "flank mass, Wilms?", "fhx RCC", "lump, eval for RCC"]
)
def test_an_order_asks_for_a_diagnosis(reason: str) -> None:
    assert not values(reason, "known_diagnosis", table="orders")


# --- what is advised next ------------------------------------------------------------------------

ADVICE = [
    ("IMPRESSION: Calcified mass. CT recommended.", {"ct"}),
    ("CT is advised.", {"ct"}),
    ("Suggest CECT.", {"ct"}),
    ("Adv: CECT whole abdomen", {"ct"}),
    ("Impression: Mass. MRI is recommended to characterise it further.", {"mri"}),
    ("Abdominal CT and an MIBG scan are advised.", {"ct", "nuclear"}),
    ("IMPRESSION: FIRM RIGHT LOIN MASS. CT.", {"ct"}),
    ("Conclusion: Left renal mass. CT rec", {"ct"}),
    ("Report: left loin mass. CT please.", {"ct"}),
    ("Further work-up by CT would be appropriate here.", {"ct"}),
    ("Cross-sectional imaging with CT is suggested.", {"ct"}),
    ("Ultrasound suggested.", {"ultrasound"}),
    ("Sonography would be a better test.", {"ultrasound"}),
    ("IMPRESSION: Mass. CT or MRI.", {"ct", "mri"}),
    ("Please arrange a CT of the abdomen and pelvis.", {"ct"}),
    ("Recommend urology referral and CT urogram.", {"ct", "referral"}),
    ("I would go straight to CT.", {"ct"}),
    ("CT with and without contrast would be helpful.", {"ct"}),
    ("Correlate with sonography.", {"ultrasound"}),
    ("Tissue diagnosis is recommended.", {"biopsy"}),
    ("Recommend oblique films.", {"followup_film"}),
    ("Suggest USG followed by CECT.", {"ultrasound", "ct"}),
    ("RECOMMENDATION: Renal mass protocol CT.", {"ct"}),
    ("The patient should have a CT.", {"ct"}),
    ("This warrants an urgent CT.", {"ct"}),
    ("CT is the next step.", {"ct"}),
    ("This would be best evaluated with MRI.", {"mri"}),
    ("IMPRESSION:\n1. Calcified mass.\n2. Needs CT.", {"ct"}),
    ("Consider biopsy.", {"biopsy"}),
    ("IMPRESSION: MASS. CT ABDOMEN WITH CONTRAST. BONE SCAN.", {"ct", "nuclear"}),
    ("Impression\n- Calcified right renal mass - CT renal protocol", {"ct"}),
    ("The mass seen on ultrasound is calcified and CT is recommended.", {"ct"}),
    ("Dedicated CT of the kidneys is indicated.", {"ct"}),
    ("A repeat radiograph is suggested.", {"followup_film"}),
    ("MRI remains the recommendation.", {"mri"}),
    ("Contrast enhanced CT is suggested", {"ct"}),
    ("recomend ct", {"ct"}),
    ("IMPRESSION: Mass. CT to assess extent.", {"ct"}),
    ("CT with IV contrast is recommended if renal function permits.", {"ct"}),
    ("Follow up with ultrasound.", {"ultrasound"}),
    ("CT-guided biopsy is recommended.", {"biopsy"}),
    ("PET/CT is advised.", {"nuclear"}),
    ("MRI rather than CT is recommended.", {"mri"}),
    ("CT chest, abdomen and pelvis is advised.", {"ct"}),
    ("IMPRESSION: Mass. Follow-up CT in 3 months.", {"ct"}),
]

NO_ADVICE = [
    "CT was recommended previously.",
    "CT had been suggested on the prior report.",
    "No further imaging is needed.",
    "CT is not necessary.",
    "The mass is unchanged from the CT of 10/2021.",
    "Biopsy ought to be avoided.",
    "Await CT.",
    "COMPARISON: CT.",
    "EXAM: CT abdomen.",
    "TECHNIQUE: CT.",
    "The mass was seen on CT.",
    "Patient had CT instead.",
    "INDICATION: CT recommended by urology.",
    "Clinical correlation is recommended.",
    "The previous CT showed a mass.",
    "No follow-up ultrasound is required.",
    "MRI may be misleading.",
    "Discussed with Dr Gray, who will see the patient today.",
    "Ultrasound suggested a mass in the left kidney.",
    "The kidneys are normal.",
    "Do not attempt biopsy.",
    "The patient declined CT.",
    "A needle was placed. Specimen submitted.",
    "The US marker overlies the mass.",
    "Correlate clinically.",
    "Chest CT is recommended.",
    "CT of the chest is recommended for the nodule.",
]


@pytest.mark.parametrize(("text", "expected"), ADVICE)
def test_advises(text: str, expected: set[str]) -> None:
    assert values(text, "recommendation") == expected


@pytest.mark.parametrize("text", NO_ADVICE)
def test_advises_nothing(text: str) -> None:
    assert values(text, "recommendation") == set()
    assert values(text, "conditional_recommendation") == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CT if clinically indicated.", {"ct"}),
        ("Ultrasound as clinically indicated is suggested.", {"ultrasound"}),
        ("If pain persists, CT is recommended.", {"ct"}),
        ("Recommend CT when the ileus settles.", {"ct"}),
        ("Once the fever has settled, MRI is advised.", {"mri"}),
        ("If there is clinical concern, consider ultrasound.", {"ultrasound"}),
    ],
)
def test_advises_on_a_condition(text: str, expected: set[str]) -> None:
    assert values(text, "conditional_recommendation") == expected
    assert values(text, "recommendation") == set()


# --- exceptions ----------------------------------------------------------------------------------

EXCEPTIONS = [
    ("Patient is pregnant; CT deferred.", "pregnancy"),
    ("24 weeks pregnant.", "pregnancy"),
    ("Single live IUP of 12 weeks.", "pregnancy"),
    ("HCG positive.", "pregnancy"),
    ("Pregnancy test positive, study not done", "pregnancy"),
    ("32 y/o gravid female with left flank mass", "pregnancy"),
    ("CT avoided owing to pregnancy at 20 weeks gestation", "pregnancy"),
    ("CT cancelled due to pregnancy.", "pregnancy"),
    ("UPT positive", "pregnancy"),
    ("G2P1 at 28/40", "pregnancy"),
    ("Patient deceased", "deceased_or_hospice"),
    ("Pt expired 3/4", "deceased_or_hospice"),
    ("cancelled: patient died on ward", "deceased_or_hospice"),
    ("The patient has been moved to hospice.", "deceased_or_hospice"),
    ("Comfort care only.", "deceased_or_hospice"),
    ("End-of-life care, no further imaging", "deceased_or_hospice"),
    ("Patient passed away", "deceased_or_hospice"),
    ("Patient refused CT", "patient_refused"),
    ("Parents declined.", "patient_refused"),
    ("Pt refuses contrast study", "patient_refused"),
    ("CT declined by patient", "patient_refused"),
    ("patient has declined further imaging", "patient_refused"),
    ("She does not wish to have the scan.", "patient_refused"),
    ("refused", "patient_refused"),
    ("Mother refused the examination", "patient_refused"),
    ("Emergency laparotomy performed overnight.", "emergency_surgery"),
    ("Emergent nephrectomy for haemorrhage", "emergency_surgery"),
    ("Patient taken to theatre emergently", "emergency_surgery"),
    ("Taken straight to the OR.", "emergency_surgery"),
    ("Underwent emergency surgery for rupture", "emergency_surgery"),
    ("Patient transferred to another hospital", "transferred"),
    ("Transferred to Riverside Children's Hospital by air", "transferred"),
    ("Transfer of care to oncology at the university", "transferred"),
    ("Pt transferred to tertiary center", "transferred"),
    ("Followed on the observation protocol.", "infant_observation"),
    ("Expectant management of the adrenal mass.", "infant_observation"),
    ("Watchful waiting with serial ultrasound", "infant_observation"),
]

NO_EXCEPTION = [
    "Not pregnant.",
    "HCG negative",
    "UPT negative",
    "Pregnancy is not possible (hysterectomy).",
    "Pregnancy test negative.",
    "?pregnant",
    "Possibility of pregnancy excluded.",
    "Denies pregnancy.",
    "Pregnant: No",
    "Pregnant? No",
    "Patient states she is not currently pregnant.",
    "Pregnancy status: negative",
    "Born at 39 weeks gestation.",
    "Ex-28-week preemie.",
    "History of two pregnancies.",
    "Mother was pregnant when the mass was first seen.",
    "Term infant, 40 weeks gestation.",
    "Expired film was used.",
    "Order expired",
    "expired",
    "Family member died of kidney cancer.",
    "Her mother died last year.",
    "Deceased donor renal transplant",
    "Expiratory view.",
    "2-year-old refuses to walk",
    "Patient declined sedation.",
    "Patient refused oral contrast.",
    "No show",
    "Patient did not attend",
    "Renal function has declined.",
    "Refuses to bear weight",
    "Seen by Emergency Surgery team",
    "Emergency department patient with flank mass",
    "History of emergency laparotomy in 2009",
    "May need emergency laparotomy",
    "Transferred to ward",
    "Transferred to CT table",
    "Transferred from another hospital",
    "Images transferred to another hospital",
    "Admitted to observation unit",
    "Emergent cesarean delivery for bradycardia",
]


@pytest.mark.parametrize("table", ["orders", "reports"])
@pytest.mark.parametrize(("text", "value"), EXCEPTIONS)
def test_states_an_exception(text: str, value: str, table: str) -> None:
    assert values(text, "exception", table=table) == {value}


@pytest.mark.parametrize("table", ["orders", "reports"])
@pytest.mark.parametrize("text", NO_EXCEPTION)
def test_states_no_exception(text: str, table: str) -> None:
    assert values(text, "exception", table=table) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Contrast allergy.",
        "Severe allergic reaction to iodinated contrast",
        "Anaphylaxis to contrast in 2018",
        "IV contrast contraindicated",
        "eGFR 18",
        "eGFR of 22 mL/min",
        "Acute renal failure",
        "ESRD on dialysis",
        "CKD stage 5",
        "Unenhanced study because of poor renal function.",
    ],
)
def test_contrast_cannot_be_given(text: str) -> None:
    assert values(text, "contrast_contraindicated") == {""}


@pytest.mark.parametrize(
    "text",
    [
        "No contraindication to contrast.",
        "No known contrast allergy.",
        "eGFR 75",
        "eGFR > 60",
        "Contrast was given without reaction.",
        "CT with contrast if renal function permits.",
        "No renal failure.",
        "Shellfish allergy",
        "Normal renal function.",
        "Heart failure",
    ],
)
def test_contrast_can_be_given(text: str) -> None:
    assert values(text, "contrast_contraindicated") == set()


# --- the lesion ----------------------------------------------------------------------------------

LESION = [
    ("Solid left renal mass, 7 cm.", "left"),
    ("Right adrenal lesion, indeterminate.", "right"),
    ("There is a mass in the left flank.", "left"),
    ("Lump in the right loin.", "right"),
    ("Lesion arising from the lower pole of the right kidney.", "right"),
    ("Bilateral renal masses.", "bilateral"),
    ("A midline retroperitoneal tumour.", "midline"),
    ("Retroperitoneal mass.", "unknown"),
    ("L flank mass", "left"),
    ("Rt renal tumour", "right"),
    ("LUQ mass, ?cause", "left"),
    ("Left flank mass ?nature", "left"),
    ("right-sided abdominal mass", "right"),
    ("Mass on the left side", "left"),
    ("Paraspinal mass on the right at L2.", "right"),
    ("The left renal lesion measures 4 cm.", "left"),
    ("Hard swelling in the right lumbar area", "right"),
    ("The left renal outline is enlarged by a mass.", "left"),
    ("Wilms tumour of the left kidney.", "left"),
    ("Neoplasm of the right suprarenal region.", "right"),
    ("A 6 cm solid tumour replaces the upper pole of the left kidney.", "left"),
    ("Left psoas mass.", "left"),
    ("Right iliac fossa mass", "right"),
    ("Evaluate the left flank mass.", "left"),
    ("No hydronephrosis, but a left renal mass is present.", "left"),
    ("The left renal mass is unchanged.", "left"),
    ("Left renal mass without calcification.", "left"),
    ("SOL in right renal fossa", "right"),
    ("No change in the left adrenal mass.", "left"),
    ("No significant interval increase in size of the right renal mass.", "right"),
]

NO_LESION = [
    "No renal mass.",
    "No renal, adrenal or retroperitoneal mass is seen.",
    "No evidence of a left flank mass.",
    "Without hydronephrosis, stone or renal mass.",
    "? left flank mass",
    "r/o renal mass",
    "Rule out left flank mass.",
    "Evaluate for right renal mass.",
    "Left flank mass?",
    "Possible left renal mass.",
    "A left renal mass cannot be excluded.",
    "Left flank pain.",
    "Mass effect on the left kidney.",
    "Left renal cyst.",
    "Liver mass in the right lobe.",
    "Lytic lesion of the left iliac bone.",
    "Abdominal mass.",
    "Stool mass in the left lower quadrant.",
    "Body mass index 40, left flank pain.",
    "COMPARISON: Left renal mass on ultrasound.",
    "TECHNIQUE: Renal mass protocol.",
    "Renal mass: none.",
    "The left renal mass is no longer seen.",
    "History of left renal mass.",
    "Brother with a kidney tumour.",
    "Concern for right flank mass.",
    "Right lung mass.",
    "Denies any flank mass or swelling.",
    "No new renal mass.",
    "Resolution of the left renal mass.",
]


@pytest.mark.parametrize(("text", "side"), LESION)
def test_names_the_lesion(text: str, side: str) -> None:
    assert values(text, "lesion_named", kind="mri") == {side}


@pytest.mark.parametrize("text", NO_LESION)
def test_names_no_lesion(text: str) -> None:
    assert values(text, "lesion_named", kind="mri") == set()


def test_an_order_names_the_lesion() -> None:
    assert values("L loin lump, haematuria", "lesion_named", table="orders") == {"left"}


# --- what a CT report does not say ---------------------------------------------------------------

CONTRAST_ONLY = [
    "CT ABDOMEN W CONTRAST\nFINDINGS: Left renal mass.",
    "CT ABDOMEN AND PELVIS WITH IV CONTRAST\nFINDINGS: Mass.",
    "TECHNIQUE: Portal venous phase.\nFINDINGS: Mass.",
    "TECHNIQUE: Portal venous phase images after 100 mL iohexol.\nFINDINGS: Mass.",
    "TECHNIQUE: Arterial phase only.\nFINDINGS: Mass.",
    "TECHNIQUE: Helical CT following intravenous contrast administration.\nFINDINGS: Mass.",
    "TECHNIQUE: 80 cc of Omnipaque 350 was injected.\nFINDINGS: Mass.",
    "CECT ABDOMEN\nFINDINGS: Mass.",
    "TECHNIQUE: Contrast-enhanced CT. No unenhanced images were acquired.\nFINDINGS: Mass.",
    "TECHNIQUE: With IV contrast. Without oral contrast.\nFINDINGS: Mass.",
    "TECHNIQUE: Post-contrast images of the abdomen.\nFINDINGS: Mass.",
    "CTA ABDOMEN\nFINDINGS: Mass.",
    "CONTRAST: 100 mL Isovue 370 IV.\nFINDINGS: Mass.",
    "TECHNIQUE: CT of the abdomen with intravenous and oral contrast.\nFINDINGS: Mass.",
    "TECHNIQUE: Nephrographic phase.\nFINDINGS: Mass.",
    "TECHNIQUE: Venous phase acquisition.\nFINDINGS: Mass.",
    "TECHNIQUE: IV contrast was given. Precontrast images were not obtained.\nFINDINGS: Mass.",
    "TECHNIQUE: Iodinated contrast was administered intravenously.\nFINDINGS: Mass.",
    "CT ABD PELVIS W/CONTRAST\nFINDINGS: Mass.",
    "TECHNIQUE: Post IV contrast.\nIMPRESSION: Mass. Multiphase CT would help.",
    "TECHNIQUE: With contrast.\nCOMPARISON: CT without contrast of 2021.\nFINDINGS: Mass.",
    "CT CHEST ABDOMEN PELVIS WITH CONTRAST\nFINDINGS: Mass.",
    "TECHNIQUE: Enhanced with 90 ml iopamidol IV, portal phase.\nFINDINGS: Mass.",
    "TECHNIQUE: After intravenous injection of non-ionic contrast.\nFINDINGS: Mass.",
    "TECHNIQUE: CT with iohexol, delayed phase omitted, portal venous only.\nFINDINGS: Mass.",
]

NOT_CONTRAST_ONLY = [
    "CT ABDOMEN W WO CONTRAST\nFINDINGS: Left renal mass.",
    "CT ABDOMEN WITHOUT AND WITH CONTRAST\nFINDINGS: Mass.",
    "CT ABDOMEN WITH AND WITHOUT IV CONTRAST\nFINDINGS: Mass.",
    "CT ABDOMEN W/WO CONTRAST\nFINDINGS: Mass.",
    "CT ABDOMEN WITHOUT CONTRAST\nFINDINGS: Mass.",
    "CT KUB\nTECHNIQUE: Low dose unenhanced CT.\nFINDINGS: Mass.",
    "TECHNIQUE: Unenhanced, then a portal venous phase.\nFINDINGS: Mass.",
    "TECHNIQUE: Pre- and post-contrast images.\nFINDINGS: Mass.",
    "TECHNIQUE: Triphasic CT with IV contrast.\nFINDINGS: Mass.",
    "TECHNIQUE: Multiphase renal protocol with IV contrast.\nFINDINGS: Mass.",
    "TECHNIQUE: Biphasic acquisition with contrast.\nFINDINGS: Mass.",
    "TECHNIQUE: Portal venous phase with virtual non-contrast reconstruction.\nFINDINGS: Mass.",
    "TECHNIQUE: Plain and contrast CT.\nFINDINGS: Mass.",
    "TECHNIQUE: NCCT followed by CECT.\nFINDINGS: Mass.",
    "TECHNIQUE: Before and after intravenous contrast.\nFINDINGS: Mass.",
    "CT ABDOMEN\nFINDINGS: Left renal mass.",
    "CT ABDOMEN WITH ORAL CONTRAST\nFINDINGS: Mass.",
    "TECHNIQUE: No IV contrast was given.\nFINDINGS: Mass.",
    "TECHNIQUE: Without intravenous contrast.\nFINDINGS: Mass.",
    "TECHNIQUE: Non-contrast, arterial and venous phases.\nFINDINGS: Mass.",
    "TECHNIQUE: Portal venous.\nFINDINGS: Mass of 30 HU precontrast and 80 HU after.",
    "TECHNIQUE: Axial images without, then with contrast.\nFINDINGS: Mass.",
    "TECHNIQUE: Dual-phase with IV contrast.\nFINDINGS: Mass.",
    "TECHNIQUE: Native, arterial and portal phases.\nFINDINGS: Mass.",
    "TECHNIQUE: 3 mm slices.\nFINDINGS: Mass.\nIMPRESSION: Mass. Contrast CT advised.",
    "CONTRAST: None.\nFINDINGS: Mass.",
]


@pytest.mark.parametrize("text", CONTRAST_ONLY)
def test_ct_has_no_phase_before_contrast(text: str) -> None:
    assert values(text, "no_precontrast_phase", kind="ct") == {""}


@pytest.mark.parametrize("text", NOT_CONTRAST_ONLY)
def test_ct_has_a_phase_before_contrast_or_does_not_say(text: str) -> None:
    assert values(text, "no_precontrast_phase", kind="ct") == set()


def test_phases_matter_for_ct_only() -> None:
    text = "MRI ABDOMEN WITH CONTRAST\nFINDINGS: Left renal mass."
    assert values(text, "no_precontrast_phase", kind="mri") == set()
    assert values(text, "ct_report_incomplete", kind="mri") == set()


BONE = "No bone destruction."
PATTERN = "Coarse calcification."

SAYS_PATTERN = [
    "Coarse calcification in its centre.",
    "No calcification.",
    "Calcified rim.",
    "Peripheral mineralisation.",
    "Zonal ossification.",
    "Eggshell rim.",
    "Noncalcified.",
    "Several calcific foci.",
    "Calcs at the margin.",
    "Dystrophic calcium deposits.",
    "Osteoid matrix.",
    "Psammomatous foci.",
    "Mineralized matrix.",
]

SAYS_NEIGHBOURS = [
    "No bone destruction.",
    "Ribs intact.",
    "Vertebral bodies are normal.",
    "The psoas is displaced.",
    "IVC is patent.",
    "Renal vein free of tumour.",
    "No vascular encasement.",
    "It abuts the spleen.",
    "Aorta not involved.",
    "Kidneys enhance normally.",
    "The left kidney is pushed down.",
    "Liver and spleen normal.",
    "No invasion.",
    "The colon lies in front of it.",
    "Contralateral kidney normal.",
    "Spine intact.",
]

SAYS_NEITHER = [
    "Left renal mass, 9 cm, heterogeneous enhancement.",
    "Large right flank mass with necrosis.",
    "Right adrenal lesion of 40 HU.",
    "No free fluid.",
    "Heterogeneous soft tissue mass of 8 cm.",
    "Demineralised appearance is not assessed.",
    "Solid component enhances by 50 HU.",
    "Two nodules at its margin.",
    "Mass in the left kidney.",
]


@pytest.mark.parametrize("sentence", SAYS_PATTERN)
def test_ct_report_speaks_of_calcification(sentence: str) -> None:
    text = f"CT ABDOMEN\nFindings: Left renal mass. {sentence} {BONE}"
    assert values(text, "ct_report_incomplete", kind="ct") == set()


@pytest.mark.parametrize("sentence", SAYS_NEIGHBOURS)
def test_ct_report_speaks_of_the_neighbours(sentence: str) -> None:
    text = f"CT ABDOMEN\nFindings: Left renal mass. {PATTERN} {sentence}"
    assert values(text, "ct_report_incomplete", kind="ct") == set()


@pytest.mark.parametrize("sentence", SAYS_NEITHER)
def test_ct_report_speaks_of_neither(sentence: str) -> None:
    text = (
        f"CT ABDOMEN\nIndication: calcified mass, ?bone.\nFindings: {sentence}\nImpression: Mass."
    )
    assert values(text, "ct_report_incomplete", kind="ct") == {"pattern", "adjacent"}


@pytest.mark.parametrize("sentence", SAYS_PATTERN)
def test_calcification_is_no_word_on_the_neighbours(sentence: str) -> None:
    text = f"CT ABDOMEN\nFindings: Left renal mass. {sentence}\nImpression: Mass."
    assert values(text, "ct_report_incomplete", kind="ct") == {"adjacent"}


def test_a_title_alone_is_no_incomplete_report() -> None:
    assert made("CT ABDOMEN AND PELVIS", kind="ct") == set()
    assert made("", kind="ct") == set()


# --- biopsies ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Indication: proteinuria.",
        "Renal allograft biopsy for rejection.",
        "Nephrotic syndrome.",
        "Lupus nephritis, rising creatinine",
        "AKI of unknown cause",
        "Medical renal disease",
        "IgA nephropathy?",
        "Kidney transplant, month 3",
    ],
)
def test_biopsy_is_for_medical_renal_disease(text: str) -> None:
    assert values(text, "medical_renal", kind="biopsy") == {""}


@pytest.mark.parametrize(
    "text",
    ["Left renal mass.", "No proteinuria.", "Liver transplant", "Haematuria, kidney tumour"],
)
def test_biopsy_is_not_for_medical_renal_disease(text: str) -> None:
    assert values(text, "medical_renal", kind="biopsy") == set()


@pytest.mark.parametrize(
    "text",
    [
        "Biopsy was deferred.",
        "The procedure was aborted because of bowel in the path.",
        "Biopsy cancelled, INR 2.8.",
        "No biopsy was performed.",
        "Biopsy not performed.",
        "No safe window.",
        "The decision was made not to proceed.",
    ],
)
def test_biopsy_was_not_done(text: str) -> None:
    assert values(text, "biopsy_not_done", kind="biopsy") == {""}


@pytest.mark.parametrize(
    "text",
    [
        "Biopsy performed without complication.",
        "Four cores obtained.",
        "A second pass was not performed.",
        "Previous biopsy was aborted; today five cores were taken.",
    ],
)
def test_biopsy_was_done(text: str) -> None:
    assert values(text, "biopsy_not_done", kind="biopsy") == set()


# --- the reading itself --------------------------------------------------------------------------


def test_remarks_are_sorted_and_keep_the_first_sentence() -> None:
    text = "FINDINGS: MRI advised. CT advised.\nIMPRESSION: CT recommended."
    remarks = find_remarks(RULES, text, table="reports", kind="radiograph")
    assert [(r.kind, r.value, r.sentence) for r in remarks] == [
        ("recommendation", "ct", "CT advised."),
        ("recommendation", "mri", "MRI advised."),
    ]


def test_a_remark_is_found_across_a_hard_wrap_and_a_run_in_title() -> None:
    wrapped = (
        "IMPRESSION: Left flank mass with internal calcification. CT of the\nabdomen is\nadvised."
    )
    assert values(wrapped, "recommendation") == {"ct"}
    run_in = "KUB HISTORY:known RCC FINDINGS:Gas normal.IMPRESSION:1.Mass.2.CT."
    assert ("known_diagnosis", "renal_cell") in made(run_in)
    assert ("recommendation", "ct") in made(run_in)


def test_an_untitled_body_is_not_part_of_the_history() -> None:
    assert values("Clinical: lump.\nCalcified left renal mass. CT advised.", "recommendation") == {
        "ct"
    }


@pytest.mark.parametrize(
    "unit",
    ["CT recommended outside known ", "no mass ", "pregnant? not ", "a:b: ", "x", "1. ", "; "],
)
def test_a_huge_text_takes_well_under_a_second(unit: str) -> None:
    text = (unit * (200_000 // len(unit)))[:200_000]
    begin = time.process_time()
    find_remarks(RULES, text, table="reports", kind="ct")
    assert time.process_time() - begin < 3


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_read(text: str) -> None:
    remarks = find_remarks(RULES, text, table="reports", kind="ct")
    assert list(remarks) == sorted(remarks, key=lambda r: (r.kind, r.value))


SAMPLES = [text for text, _ in [*OUTSIDE_CT, *KNOWN, *EXCEPTIONS, *LESION]] + NOT_KNOWN + NO_LESION


def test_re2_finds_what_python_finds() -> None:
    column = pa.array([text.lower() for text in SAMPLES])
    for rule in RULES.rules:
        for pattern in (*rule.patterns, *rule.ignore, *rule.unless):
            by_re2 = pc.match_substring_regex(column, pattern=pattern.pattern).to_pylist()
            by_python = [bool(pattern.search(text)) for text in column.to_pylist()]
            assert by_re2 == by_python, rule.id


def test_the_needed_words_only_save_time() -> None:
    free = RULES.model_copy(
        update={"rules": tuple(r.model_copy(update={"needs": ()}) for r in RULES.rules)}
    )
    every = [*SAMPLES, *[text for text, _ in ADVICE], *NO_ADVICE, *NO_EXCEPTION, *NOT_OUTSIDE_CT]
    for text in every:
        for kind in ("radiograph", "biopsy"):
            bare = find_remarks(free, text, table="reports", kind=kind)
            assert find_remarks(RULES, text, table="reports", kind=kind) == bare


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("patterns = ['(?=x)']", "rule, entry 1, patterns, entry 1"),
        ("patterns = ['Upper']", "lower case"),
        ("patterns = ['{nothing}']", "nothing"),
        ("patterns = ['a']\npaterns = ['b']", "Did you mean 'patterns'"),
        ("patterns = ['a']\nvalues = 'nosuch'", "nosuch"),
    ],
)
def test_a_broken_rule_is_named(tmp_path: Path, rule: str, problem: str) -> None:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "section_rules.json").write_text('{"section_rules": []}')
    (tmp_path / "lexicon" / "remarks.toml").write_text(f"[[rule]]\nid='a'\nkind='b'\n{rule}\n")
    with pytest.raises(ConfigError, match="remarks.toml") as error:
        read_remark_rules(tmp_path)
    assert problem in str(error.value)
