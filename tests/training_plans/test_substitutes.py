"""Substitutes: named for a period, ended, refused; what they sign says for whom (forms.md §6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from staff.forms.registry import called
from training_plans.domain import route
from training_plans.domain.substitution import (
    capacities_to_lend,
    end_substitution,
    left_alone,
    name_substitute,
)
from workflow.models import Decision, Substitution

from ..factories import PersonFactory
from . import cases

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def named(absent: Any, substitute: Any, *, on: dt.date, **values: Any) -> Substitution:
    period = {"starts_on": on, "ends_on": on + 10 * DAY}
    more = {"capacities": [], "because": "Еңбек демалысы", "actor": absent}
    return name_substitute(absent=absent, substitute=substitute, on=on, **(period | more | values))


def test_a_substitute_signs_for_who_is_away_and_the_paper_says_so(
    teacher: Any, head: Any, secretary: Any, today: dt.date
) -> None:
    named(head, secretary, on=today, ends_on=cases.APPLIED_ON)
    application = cases.submitted(teacher)
    route.decide(
        step=cases.step_of(application), answer="agree", actor=secretary, on=cases.APPLIED_ON
    )
    decision = Decision.objects.about(application).first()
    assert decision is not None
    assert (decision.actor, decision.on_behalf_of) == (secretary, head)


def test_before_and_after_the_period_nothing_can_be_signed(
    teacher: Any, head: Any, secretary: Any, today: dt.date
) -> None:
    named(head, secretary, on=today, starts_on=cases.APPLIED_ON, ends_on=cases.APPLIED_ON)
    step = cases.step_of(cases.submitted(teacher))
    for day in (cases.APPLIED_ON - DAY, cases.APPLIED_ON + DAY):
        assert route.capacity_for(step, actor=secretary, on=day) is None
    assert route.capacity_for(step, actor=secretary, on=cases.APPLIED_ON) is not None


def test_who_signs_lends_only_what_is_their_own(
    rector: Any, head: Any, secretary: Any, teacher: Any, today: dt.date
) -> None:
    assert capacities_to_lend(rector, today) == ["rector"]
    named(rector, head, on=today)
    assert capacities_to_lend(head, today) == ["head"]  # not passed on
    with pytest.raises(ValidationError, match="signs nothing"):
        named(teacher, secretary, on=today)
    with pytest.raises(ValidationError, match="does not sign as"):
        named(head, secretary, on=today, capacities=["rector"])


@pytest.mark.parametrize(
    ("starts", "ends", "field", "words"),
    [
        (-1, 5, "starts_on", "This day is over"),
        (5, 4, "ends_on", "before the first"),
        (0, 366, "ends_on", "a year at most"),
    ],
)
def test_an_impossible_period_is_refused(
    head: Any, secretary: Any, today: dt.date, starts: int, ends: int, field: str, words: str
) -> None:
    with pytest.raises(ValidationError, match=words) as refusal:
        named(
            head,
            secretary,
            on=today,
            starts_on=today + starts * DAY,
            ends_on=today + ends * DAY,
        )
    assert set(refusal.value.error_dict) == {field}
    assert not Substitution.objects.exists()


def test_nobody_stands_in_twice_for_the_same(
    rector: Any, vicerector: Any, head: Any, secretary: Any, today: dt.date
) -> None:
    first = named(rector, head, on=today, capacities=["rector"])
    with pytest.raises(ValidationError, match=r"22\.11\.2026.*rector"):
        named(rector, secretary, on=today + 10 * DAY, ends_on=today + 20 * DAY)
    named(rector, secretary, on=today + 11 * DAY)
    end_substitution(substitution=first, actor=rector, on=today)
    named(rector, secretary, on=today, ends_on=today + 10 * DAY)


def test_two_may_share_what_somebody_signs(
    centre: Any, head: Any, secretary: Any, today: dt.date
) -> None:
    assert capacities_to_lend(centre, today) == ["head", "centre"]
    named(centre, head, on=today, capacities=["head"])
    named(centre, secretary, on=today, capacities=["centre"])
    assert Substitution.objects.running(today).count() == 2


def test_a_ring_is_refused_and_so_is_anybody_who_is_away(
    rector: Any, head: Any, centre: Any, secretary: Any, today: dt.date
) -> None:
    named(head, centre, on=today)
    with pytest.raises(ValidationError, match="is away"):
        named(centre, head, on=today + 3 * DAY, ends_on=today + 30 * DAY)
    with pytest.raises(ValidationError, match="is away"):
        named(rector, head, on=today)
    named(rector, head, on=today + 11 * DAY)
    # who stands in may fall ill: allowed, and who relied on them is named
    named(centre, secretary, on=today)
    [alone] = left_alone(absent=centre, starts_on=today, ends_on=today, on=today)
    assert alone.absent == head


def test_the_account_must_work(head: Any, secretary: Any, today: dt.date) -> None:
    with pytest.raises(ValidationError, match="for themselves"):
        named(head, head, on=today)
    secretary.is_active = False
    secretary.save()
    with pytest.raises(ValidationError, match="switched off"):
        named(head, secretary, on=today)


def test_only_who_is_away_and_the_administrator_name_and_end(
    head: Any, secretary: Any, hr: Any, administrator: Any, today: dt.date
) -> None:
    with pytest.raises(ValidationError, match="Only the administrator"):
        named(head, secretary, on=today, actor=hr)
    row = named(head, secretary, on=today, actor=administrator)
    assert row.entered_by == administrator
    with pytest.raises(ValidationError, match="Only who was away"):
        end_substitution(substitution=row, actor=secretary, on=today)
    row = end_substitution(substitution=row, actor=administrator, on=today)
    assert [change.ended for change in row.history.all()] == [True, False]
    with pytest.raises(ValidationError, match="over already"):
        end_substitution(substitution=row, actor=head, on=today)


# --- pages ----------------------------------------------------------------------------------------
def test_one_names_and_ends_ones_own_substitute(
    head: Any, secretary: Any, signed_in: Any, today: dt.date
) -> None:
    client = signed_in(head)
    form = client.get(reverse("substitute_add")).context["form"]
    assert "absent" not in form.fields
    answer = client.post(
        reverse("substitute_add"),
        {
            "substitute": called(secretary.person),
            "starts_on": today.isoformat(),
            "ends_on": (today + DAY).isoformat(),
            "because": "Іссапар",
        },
    )
    assert answer.status_code == 302
    row = Substitution.objects.get()
    assert (row.absent, row.substitute, row.capacities) == (head, secretary, [])
    page = client.get(reverse("substitutes"))
    assert [item["is_open"] for item in page.context["mine"]] == [True]
    assert signed_in(secretary).post(reverse("substitute_end", args=[row.pk])).status_code == 404
    assert client.post(reverse("substitute_end", args=[row.pk])).status_code == 302
    page = client.get(reverse("substitutes"))
    assert [item["is_open"] for item in page.context["mine"]] == [False]  # history stays
    shown = signed_in(secretary).get(reverse("substitutes"))
    assert len(shown.context["for_others"]) == 1


def test_a_person_without_an_account_is_refused_and_nothing_typed_is_lost(
    head: Any, signed_in: Any, today: dt.date
) -> None:
    nobody: Any = PersonFactory(last_name="Есенова")
    answer = signed_in(head).post(
        reverse("substitute_add"),
        {
            "substitute": called(nobody),
            "starts_on": today.isoformat(),
            "ends_on": today.isoformat(),
            "because": "Іссапар",
        },
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "has no working account" in page
    assert "Іссапар" in page
    assert "Есенова" in page


def test_the_administrator_enters_it_for_anybody(
    administrator: Any, head: Any, secretary: Any, hr: Any, signed_in: Any, today: dt.date
) -> None:
    client = signed_in(administrator)
    answer = client.post(
        f"{reverse('substitute_add')}?for=other",
        {
            "absent": called(head.person),
            "substitute": called(secretary.person),
            "starts_on": today.isoformat(),
            "ends_on": today.isoformat(),
            "capacities": ["head"],
            "because": "Ауырып қалды",
        },
    )
    assert answer.headers["Location"] == reverse("substitute_list")
    assert Substitution.objects.get().absent == head
    assert len(client.get(reverse("substitute_list")).context["rows"]) == 1
    assert signed_in(hr).get(reverse("substitute_list")).status_code == 403
    form = signed_in(hr).get(f"{reverse('substitute_add')}?for=other").context["form"]
    assert "absent" not in form.fields


def test_names_are_offered_to_who_signs_only(
    head: Any, secretary: Any, teacher: Any, signed_in: Any
) -> None:
    url = f"{reverse('substitute_people')}?substitute=secretary"
    assert "Secretaryова" in signed_in(head).get(url).content.decode()
    assert signed_in(teacher).get(url).content == b""
