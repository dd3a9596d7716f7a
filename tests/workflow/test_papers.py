"""Issued papers: numbers without gaps, frozen data, fingerprints that tell."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from workflow import papers
from workflow.models import IssuedPaper, NumberRegister
from workflow.papers import canonical, fingerprint_of, is_whole, issue, newest, next_number

from ..factories import PlanFactory

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 25)


def issued(actor: Any, **given: Any) -> IssuedPaper:
    values = {
        "kind": "annual_plan",
        "number": "БАЖ-2027",
        "data": {"year": 2027, "lines": []},
        "on": DAY,
    } | given
    if "subject" not in values:
        values["subject"] = PlanFactory()
    return issue(actor=actor, **values)


# --- numbers ------------------------------------------------------------------------------------
def test_numbers_run_by_register_and_year() -> None:
    assert [next_number(register="certificate", year=2026) for _ in range(3)] == [1, 2, 3]
    assert next_number(register="certificate", year=2027) == 1
    assert next_number(register="request", year=2026) == 1


def test_a_number_is_given_back_with_the_transaction() -> None:
    next_number(register="certificate", year=2026)
    with pytest.raises(RuntimeError), transaction.atomic():
        assert next_number(register="certificate", year=2026) == 2
        raise RuntimeError
    assert next_number(register="certificate", year=2026) == 2
    assert NumberRegister.objects.get().last == 2


# --- data ---------------------------------------------------------------------------------------
def test_the_same_facts_are_the_same_text() -> None:
    one = {"b": [1, {"y": "Ә", "x": None}], "a": DAY, "c": Decimal("2.50")}
    other = {"c": Decimal("2.50"), "a": "2026-11-25", "b": [1, {"x": None, "y": "Ә"}]}
    assert canonical(one) == canonical(other)
    assert canonical(one) == '{"a":"2026-11-25","b":[1,{"x":null,"y":"Ә"}],"c":"2.50"}'


def test_the_fingerprint_is_of_everything_the_paper_says() -> None:
    said: dict[str, Any] = {
        "kind": "certificate",
        "number": "С-2026-00001",
        "version": 1,
        "issued_on": DAY,
        "data": {"hours": "72"},
    }
    changes = (
        {"kind": "annual_plan"},
        {"number": "С-2026-00002"},
        {"version": 2},
        {"issued_on": DAY + dt.timedelta(days=1)},
        {"data": {"hours": "36"}},
    )
    prints = {fingerprint_of(**said)} | {fingerprint_of(**(said | change)) for change in changes}
    assert len(prints) == 6
    assert all(len(one) == 64 for one in prints)


def test_what_is_issued_is_frozen(centre: Any) -> None:
    data = {"lines": [{"topic": "Дәлелді медицина", "cost": Decimal("60000.00"), "on": DAY}]}
    plan = PlanFactory()
    paper = issued(centre, data=data, subject=plan)
    data["lines"][0]["topic"] = "басқа"
    paper.refresh_from_db()
    assert paper.data == {
        "lines": [{"topic": "Дәлелді медицина", "cost": "60000.00", "on": "2026-11-25"}]
    }
    assert (paper.subject, paper.issued_by, paper.issued_on) == (plan, centre, DAY)
    assert is_whole(paper) is True


@pytest.mark.parametrize(
    "forged",
    [
        {"data": {"year": 2027, "lines": [1]}},
        {"number": "БАЖ-2028"},
        {"issued_on": dt.date(2026, 11, 30)},
        {"version": 3},
        {"kind": "plan_changes"},
    ],
)
def test_whoever_changes_the_row_is_found_out(centre: Any, forged: dict[str, Any]) -> None:
    paper = issued(centre)
    IssuedPaper.objects.filter(pk=paper.pk).update(**forged)
    paper.refresh_from_db()
    assert is_whole(paper) is False


def test_a_number_and_version_are_issued_once(centre: Any) -> None:
    paper = issued(centre)
    with pytest.raises(IntegrityError), transaction.atomic():
        issued(centre, subject=paper.subject)
    second = issued(centre, subject=paper.subject, version=2)
    assert second.token != paper.token
    assert (newest(paper), newest(second)) == (second, second)
    assert newest(issued(centre, number="БАЖ-2028", subject=paper.subject)).number == "БАЖ-2028"


def test_whoever_listens_hears_of_it_after_the_commit(
    centre: Any, django_capture_on_commit_callbacks: Any
) -> None:
    heard = []

    def listen(paper: IssuedPaper, **kwargs: Any) -> None:
        heard.append(paper)

    papers.paper_issued.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            with pytest.raises(RuntimeError), transaction.atomic():
                issued(centre)
                raise RuntimeError
            paper = issued(centre, kind="unprinted", number="1")
            assert heard == []
    finally:
        papers.paper_issued.disconnect(listen)
    assert heard == [paper]
