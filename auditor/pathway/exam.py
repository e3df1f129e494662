"""The findings of one index exam: which lesion and which sign, how certain, on which side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.config.cases import CaseRules
from auditor.language.facts import Finding, OrderFacts, ReportFacts
from auditor.pathway.model import Evidence
from auditor.pathway.statements import BODY, REQUEST, Statement, is_stated, standing_remarks

_OPPOSITE = {("left", "right"), ("right", "left")}


@dataclass(frozen=True, slots=True)
class _Lesion:
    """A lesion as one source states it."""

    finding: Finding
    source: str


class Exam:
    """The findings of one exam, sorted into lesions and signs by where they are stated."""

    def __init__(
        self, statements: list[Statement], reasons: list[Finding], rules: CaseRules
    ) -> None:
        self._rules = rules
        findings = [statement.finding for statement in statements]
        self._tied = {id(item.finding): item.tied_to for item in statements}
        self._denied: dict[int, bool] = {}
        lesion, sign = rules.lesion_key, rules.sign_key
        self.body_lesions = [f for f in findings if f.part == lesion and f.section in BODY]
        self.asked_lesions = [f for f in findings if f.part == lesion and f.section in REQUEST]
        self.order_lesions = [f for f in reasons if f.part == lesion]
        signs = [f for f in findings if f.part == sign and f.section in BODY]
        self.signs = [f for f in signs if f.rule not in rules.bare]
        self.bare_signs = [f for f in signs if f.rule in rules.bare]

    # --- the parts -------------------------------------------------------------------------------

    def lesions(self) -> list[_Lesion]:
        """Lesions of the case definition's places stated now, the strongest source first."""
        stated = [
            *(_Lesion(f, "report") for f in self.body_lesions),
            *(_Lesion(f, "indication") for f in self.asked_lesions),
            *(_Lesion(f, "order") for f in self.order_lesions),
        ]
        inside = [item for item in stated if is_stated(item.finding) and self._inside(item.finding)]
        return [item for item in inside if not self._given_away(item)]

    def _inside(self, finding: Finding) -> bool:
        return finding.place_kind == "inside"

    def _given_away(self, item: _Lesion) -> bool:
        """The report flatly gives the lesion of this quadrant or side to an outer organ."""
        finding = item.finding
        place = self._rules.quadrants.get(finding.place)
        if place is None:
            return False
        for other in self.body_lesions:
            if other.assertion == "affirmed" and other.place in self._rules.organs:
                if not _opposite(other.laterality, finding.laterality):
                    return True
        return False

    def open_signs(self) -> list[Finding]:
        """Signs stated now that nothing explains for certain."""
        return [f for f in self.signs if is_stated(f) and not self._is_explained(f)]

    def _is_explained(self, sign: Finding) -> bool:
        """Something explains it for certain: beside it, or where the impression reads it anew."""
        if sign.explained_by and sign.explanation_certain:
            return True
        if sign.link or sign.section == "impression" or not sign.place:
            return False
        where = (sign.place, sign.laterality)
        return any(
            other.section == "impression"
            and other.explained_by
            and other.explanation_certain
            and (other.place, other.laterality) == where
            for other in self.signs
        )

    # --- the pair --------------------------------------------------------------------------------

    def evidence(
        self, group: Sequence[ReportFacts], orders: Sequence[OrderFacts]
    ) -> Evidence | None:
        """Evidence of a case or a near miss, None where there is neither."""
        lesions = self.lesions()
        signs = self.open_signs()
        pairs = [
            (lesion, sign) for sign in signs for lesion in lesions if self._belong(lesion, sign)
        ]
        if pairs:
            return self._case(pairs, group, orders)
        return self._near_miss(lesions, signs, group, orders)

    def _belong(self, lesion: _Lesion, sign: Finding) -> bool:
        """Whether a sign and a lesion can be one: linked, or not contradicting each other."""
        found = lesion.finding
        linked = self._linked(sign)
        if linked is not None:
            if linked is found:
                return True
            if lesion.source == "report":
                return _same_lesion(linked, found)
            return linked.place_kind != "elsewhere" and not _opposite(
                linked.laterality, found.laterality
            )
        if sign.link == "separate":
            return False
        if sign.place_kind == "elsewhere" or _opposite(sign.laterality, found.laterality):
            return False
        if self._level_differs(sign, found):
            return False
        return not self._denied_for(found)

    def _linked(self, sign: Finding) -> Finding | None:
        return self._tied.get(id(sign)) if sign.link in ("phrase", "anaphora") else None

    def _level_differs(self, sign: Finding, found: Finding) -> bool:
        levels = self._rules.levels
        one, other = levels.get(sign.place, ""), levels.get(found.place, "")
        return bool(one and other and one != other)

    def _denied_for(self, found: Finding) -> bool:
        """The report says of this lesion that it has no sign (`mass without calcification`)."""
        known = self._denied.get(id(found))
        if known is None:
            known = self._denied[id(found)] = self._is_denied(found)
        return known

    def _is_denied(self, found: Finding) -> bool:
        for sign in self.signs:
            if sign.assertion != "negated":
                continue
            linked = self._linked(sign)
            if linked is not None and _same_lesion(linked, found):
                return True
            if linked is None and sign.place and sign.place == found.place:
                if sign.laterality == found.laterality != "unknown":
                    return True
        return False

    # --- the case --------------------------------------------------------------------------------

    def _case(
        self,
        pairs: list[tuple[_Lesion, Finding]],
        group: Sequence[ReportFacts],
        orders: Sequence[OrderFacts],
    ) -> Evidence | None:
        if self._sign_denied_in_the_end(pairs):
            return self._near_miss([], [], group, orders)
        order = {"report": 0, "indication": 1, "order": 2}
        source = min((lesion.source for lesion, _ in pairs), key=order.__getitem__)
        lesion_certain, why_lesion = self._lesion_certainty(pairs, source)
        sign_certain, why_sign = self._sign_certainty([sign for _, sign in pairs])
        certainty = "definite" if lesion_certain and sign_certain else "possible"
        best_lesion = _best([lesion.finding for lesion, _ in pairs if lesion.source == source])
        best_sign = _best([sign for _, sign in pairs], prefer_link=True)
        sides = [lesion.finding for lesion, _ in pairs if lesion.source == source]
        return self._row(
            group,
            orders,
            is_case=True,
            near_miss="",
            certainty=certainty,
            laterality=self._case_side(sides, pairs),
            source=source,
            lesion=best_lesion,
            sign=best_sign,
            reasons=(why_lesion, why_sign),
        )

    def _case_side(self, lesions: list[Finding], pairs: list[tuple[_Lesion, Finding]]) -> str:
        """Side of the lesion; with several lesions, that of the one with the sign.

        Where the strongest source gives none, that of the others.
        """
        signs = [sign for _, sign in pairs]
        tied = [lesion for sign in signs if (lesion := self._linked(sign)) is not None]
        side = _laterality(tied, lesions, signs, [item.finding for item, _ in pairs])
        own = {sign.laterality for sign in signs} - {"unknown"}
        return own.pop() if side == "bilateral" and len(own) == 1 else side

    def _sign_denied_in_the_end(self, pairs: list[tuple[_Lesion, Finding]]) -> bool:
        """The impression (or an addendum) denies the sign that only the findings state."""
        if any(sign.section in ("impression", "addendum", "recommendation") for _, sign in pairs):
            return False
        denials = [
            sign
            for sign in self.signs
            if sign.section in ("impression", "addendum") and sign.assertion == "negated"
        ]
        return any(
            sign.place == "" and not sign.explained_by and sign.laterality == "unknown"
            for sign in denials
        )

    def _lesion_certainty(
        self, pairs: list[tuple[_Lesion, Finding]], source: str
    ) -> tuple[bool, str]:
        what = self._rules.lesion_key
        stated = [lesion for lesion, _ in pairs]
        flat = [
            item
            for item in stated
            if item.finding.assertion == "affirmed" and not item.finding.weak
        ]
        if source != "report" and self._report_sees_none(stated):
            return False, f"the report sees no {what} where the request states one"
        if flat:
            return True, f"the {what} is stated flatly ({flat[0].source})"
        return False, f"the {what} is only hedged"

    def _report_sees_none(self, stated: list[_Lesion]) -> bool:
        """The film shows no lesion that the request states on the same side."""
        sides = {item.finding.laterality for item in stated}
        for finding in self.body_lesions:
            if finding.assertion != "negated" or finding.place_kind == "elsewhere":
                continue
            if all(not _opposite(finding.laterality, side) for side in sides):
                return True
        return False

    def _sign_certainty(self, signs: list[Finding]) -> tuple[bool, str]:
        """The impression decides, and where it is silent, the findings."""
        what = self._rules.sign_key
        final = [sign for sign in signs if sign.section in ("impression", "addendum")]
        deciding = final or signs
        flat = [sign for sign in deciding if sign.assertion == "affirmed" and not sign.explained_by]
        if flat:
            return True, f"the {what} is stated flatly ({flat[0].section})"
        return False, f"the {what} is only hedged, or an explanation is offered"

    # --- near misses -----------------------------------------------------------------------------

    def _near_miss(
        self,
        lesions: list[_Lesion],
        signs: list[Finding],
        group: Sequence[ReportFacts],
        orders: Sequence[OrderFacts],
    ) -> Evidence | None:
        """A radiograph that misses a case by one part.

        `lesion_asked`: an unexplained sign, and the lesion is only asked for. `sign_bare`: a
        lesion, and something dense in it or beside it that nobody calls the sign.
        """
        asked = [
            f
            for f in (*self.asked_lesions, *self.order_lesions)
            if f.assertion == "question" and f.place_kind == "inside"
        ]
        usable = [sign for sign in signs if sign.place_kind != "elsewhere"]
        if usable and asked and not lesions and not self._report_sees_none([]):
            source = "indication" if asked[0] in self.asked_lesions else "order"
            return self._missed(
                "lesion_asked", source, asked[0], usable[0], group, orders, "is only asked for"
            )
        if lesions and not any(sign.assertion == "negated" for sign in self.signs):
            bare = [
                (lesion, sign)
                for sign in self.bare_signs
                if is_stated(sign) and not sign.explained_by
                for lesion in lesions
                if self._belong(lesion, sign)
            ]
            if bare:
                lesion, sign = bare[0]
                return self._missed(
                    "sign_bare",
                    lesion.source,
                    lesion.finding,
                    sign,
                    group,
                    orders,
                    f"shows something dense that nobody calls {self._rules.sign_key}",
                )
        return None

    def _missed(
        self,
        near_miss: str,
        source: str,
        lesion: Finding,
        sign: Finding,
        group: Sequence[ReportFacts],
        orders: Sequence[OrderFacts],
        why: str,
    ) -> Evidence:
        return self._row(
            group,
            orders,
            is_case=False,
            near_miss=near_miss,
            certainty="possible",
            laterality=_laterality([lesion], [sign]),
            source=source,
            lesion=lesion,
            sign=sign,
            reasons=(f"the {self._rules.lesion_key} {why}",),
        )

    def _row(
        self,
        group: Sequence[ReportFacts],
        orders: Sequence[OrderFacts],
        *,
        is_case: bool,
        near_miss: str,
        certainty: str,
        laterality: str,
        source: str,
        lesion: Finding | None,
        sign: Finding | None,
        reasons: tuple[str, ...],
    ) -> Evidence:
        newest = group[-1]
        rules = self._rules
        remarks = [*standing_remarks(group), *(r for order in orders for r in order.remarks)]
        # What is known of the other side is another lesion.
        known = [
            remark.sentence
            for remark in remarks
            if remark.kind == rules.known_remark and not _opposite(remark.side, laterality)
        ]
        advised = {
            remark.value for remark in standing_remarks(group) if remark.kind == rules.advice_remark
        }
        ages = [report.age_years for report in reversed(group)]
        ages += [order.age_years for order in orders]
        sentences = {
            rules.lesion_key: lesion.sentence if lesion else "",
            rules.sign_key: sign.sentence if sign else "",
        }
        return Evidence(
            is_case=is_case,
            near_miss=near_miss,
            certainty=certainty,
            laterality=laterality,
            source=source,
            sentences=tuple((key, sentences[key]) for key in rules.part_order),
            report_id=newest.report_id,
            patient_id=newest.patient_id,
            exam_key=group[0].accession or group[0].report_id,
            exam_datetime=newest.exam_datetime,
            facility=newest.facility or next((o.facility for o in orders if o.facility), ""),
            ordering_department=next(
                (o.ordering_department for o in orders if o.ordering_department), ""
            ),
            age_years=next((age for age in ages if age is not None), None),
            size_mm=lesion.size_mm if lesion else None,
            known_diagnosis=known[0] if known else "",
            recommended=tuple(sorted(value for value in advised if value)),
            reasons=reasons,
        )


def _opposite(one: str, other: str) -> bool:
    return (one, other) in _OPPOSITE


def _same_lesion(one: Finding, other: Finding) -> bool:
    """Two mentions of a report are taken for one lesion unless their sides differ."""
    return not _opposite(one.laterality, other.laterality) and other.place_kind != "elsewhere"


def _best(findings: Sequence[Finding], *, prefer_link: bool = False) -> Finding:
    """The mention to show: flat before hedged, linked first, impression before findings."""
    return min(
        findings,
        key=lambda f: (
            f.assertion != "affirmed",
            prefer_link and f.link == "",
            f.section != "impression",
            f.start,
        ),
    )


def _laterality(*groups: Sequence[Finding]) -> str:
    """Side of the first group of mentions that has one: the lesion tied to the sign comes first."""
    for group in groups:
        sides = [finding.laterality for finding in group if finding.laterality != "unknown"]
        if sides:
            return "bilateral" if "bilateral" in sides else sides[0]
    return "unknown"
