"""From the findings of an index exam to the evidence of a case.

A case is a lesion and its sign, stated of one patient now and not contradicting each other in side
or place (pathway rules, "The case"). The findings of all versions of the report and of the exam's
order go in; one `Evidence` comes out, for a case or a near miss, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auditor.config.cases import CaseRules
from auditor.language.facts import Finding, OrderFacts, PatientFacts, ReportFacts
from auditor.pathway.exam import Exam
from auditor.pathway.model import Evidence
from auditor.pathway.statements import is_stated, merge_versions
from auditor.pathway.versions import group_reports, sort_by_content


def find_evidence(facts: PatientFacts, rules: CaseRules) -> tuple[Evidence, ...]:
    """Evidence of every index exam of a patient, cases and near misses, oldest exam first."""
    found = []
    for group in group_reports(facts.reports):
        newest = group[-1]
        if newest.status == "cancelled" or newest.procedure.kind != rules.index_kind:
            continue
        if not newest.procedure.qualifies:
            continue
        orders = _orders_of(newest, group, facts.orders)
        evidence = judge_exam(group, orders, rules)
        if evidence is not None:
            found.append(evidence)
    return tuple(sorted(found, key=lambda item: (item.exam_datetime, item.report_id)))


def may_make_evidence(findings: Iterable[Finding], rules: CaseRules) -> bool:
    """False only where the findings of one report make neither a case nor a near miss.

    Both need a sign that a report of the exam states and that nothing explains for certain; orders
    and other reports only add to it.
    """
    return any(
        item.part == rules.sign_key
        and is_stated(item)
        and not (item.explained_by and item.explanation_certain)
        for item in findings
    )


def judge_exam(
    group: Sequence[ReportFacts], orders: Sequence[OrderFacts], rules: CaseRules
) -> Evidence | None:
    """Judge one index exam.

    Args:
        group: Versions of its report, oldest first; the newest decides.
        orders: The exam's order rows.
        rules: Part keys and settings.

    Returns:
        Evidence of a case or a near miss, or None where neither part gives reason for a row.
    """
    reasons = [finding for order in orders for finding in order.findings]
    return Exam(
        merge_versions(group, rules.lesion_key, retraction=rules.retraction_remark), reasons, rules
    ).evidence(group, orders)


def _orders_of(
    newest: ReportFacts, group: Sequence[ReportFacts], orders: Iterable[OrderFacts]
) -> list[OrderFacts]:
    """The exam's own orders: those with its accession, in a stable order."""
    accessions = {report.accession for report in group if report.accession}
    own = [order for order in orders if order.accession and order.accession in accessions]
    return sorted(sort_by_content(own), key=lambda order: (order.order_datetime, order.order_id))
