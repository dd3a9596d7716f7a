"""The components of pages: every state and deadline in words, icon and colour."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from interface.templatetags.interface import STATES
from staff.models.standing import State

DAY = dt.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def drawn(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_words_of_states_are_those_of_the_standing() -> None:
    assert {state: str(look.word) for state, look in STATES.items()} == {
        value: str(label) for value, label in State.choices
    }


@pytest.mark.parametrize("state", list(STATES))
def test_a_state_is_said_in_a_word_an_icon_and_a_colour(state: str) -> None:
    badge = drawn("{% state_badge state %}", state=state)
    assert words(badge) == str(STATES[state].word)
    assert f'class="chip {STATES[state].tone}"' in badge
    assert "<svg" in badge


@pytest.mark.parametrize(
    ("left", "said", "tone"),
    [
        (31, "in 31 days", "ok"),
        (30, "in 30 days", "warn"),
        (1, "in 1 day", "warn"),
        (0, "today", "warn"),
        (-1, "1 day late", "bad"),
        (-2, "2 days late", "bad"),
    ],
)
def test_a_deadline_says_its_day_and_the_days_left(left: int, said: str, tone: str) -> None:
    due = DAY + dt.timedelta(days=left)
    chip = drawn("{% deadline_chip due on clause='7.2' %}", due=due, on=DAY)
    assert words(chip) == f"{due:%d.%m.%Y} · {said} cl. 7.2"
    assert f'class="chip {tone}"' in chip


def test_a_deadline_met_is_green_whatever_the_day() -> None:
    chip = drawn("{% deadline_chip due on done=True %}", due=dt.date(2020, 1, 1), on=DAY)
    assert words(chip) == "01.01.2020 · done"
    assert 'class="chip ok"' in chip


def test_a_deadline_that_is_not_there_is_a_dash() -> None:
    assert words(drawn("{% deadline_chip None %}")) == "–"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (72, "72 h"),
        (Decimal("36.0"), "36 h"),
        (Decimal("4.5"), "4.5 h"),
        (1200, "1200 h"),
        (0, "0 h"),
        (None, "–"),
    ],
)
def test_hours_have_their_unit_and_no_idle_zeros(value: Any, said: str) -> None:
    assert drawn("{% hours value %}", value=value) == said


def test_days_and_moments_are_those_of_the_academy() -> None:
    night = dt.datetime(2026, 11, 22, 20, 30, tzinfo=dt.UTC)
    assert drawn("{% day day %}", day=DAY) == "22.11.2026"
    assert drawn("{% day day %}", day=night) == "23.11.2026"
    assert drawn("{% day None %}") == "–"
    assert drawn("{% moment when %}", when=night) == "23.11.2026 01:30"


def test_figures_are_grouped() -> None:
    assert drawn("{% figure 1486 %}") == "1\u00a0486"


def test_a_clause_is_a_small_mark_and_nothing_where_there_is_none() -> None:
    assert words(drawn("{% clause '4.3' %}")) == "cl. 4.3"
    assert drawn("{% clause '' %}") == ""


def test_the_bar_is_to_scale_and_says_what_it_shows() -> None:
    bar = drawn("{% stacked_bar counts %}", counts={"overdue": 1, "compliant": 3})
    assert re.findall(r'x="([\d.]+)" y="0" width="([\d.]+)"', bar) == [
        ("0.000", "75.000"),
        ("75.000", "25.000"),
    ]
    assert 'aria-label="satisfied: 3, overdue: 1"' in bar


def test_a_bar_of_nobody_is_a_dash() -> None:
    assert words(drawn("{% stacked_bar counts %}", counts={})) == "–"


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in drawn("{% icon 'clock' %}")
    assert 'role="img" aria-label="Late &amp; lost"' in drawn(
        "{% icon 'clock' label %}", label="Late & lost"
    )


@pytest.mark.parametrize("name", ["../secret", "", "no-such-icon-here"])
def test_an_icon_that_is_not_there_is_a_mistake(name: str) -> None:
    with pytest.raises((ValueError, FileNotFoundError)):
        drawn("{% icon name %}", name=name)


def a_job(state: str) -> Any:
    return SimpleNamespace(
        pk=1, state=state, percent=40, progress_done=4, progress_total=10, error=""
    )


def test_progress_asks_again_while_the_job_works() -> None:
    running = drawn("{% progress job '/jobs/1/' %}", job=a_job("running"))
    assert 'hx-get="/jobs/1/"' in running
    assert 'value="40"' in running
    assert words(running) == "Running 4 of 10"


@pytest.mark.parametrize(("state", "said"), [("done", "Finished"), ("failed", "Failed")])
def test_progress_rests_when_the_job_has_ended(state: str, said: str) -> None:
    ended = drawn("{% progress job '/jobs/1/' %}", job=a_job(state))
    assert "hx-get" not in ended
    assert said in words(ended)


def test_an_empty_state_names_the_next_step() -> None:
    empty = drawn("{% empty_state 'Nothing yet.' 'inbox' '/new/' 'Begin' %}")
    assert words(empty) == "Nothing yet. Begin"
    assert 'href="/new/"' in empty


class SampleForm(forms.Form):
    title = forms.CharField(label="Topic", max_length=5)
    note = forms.CharField(label="Note", required=False)

    def clean(self) -> dict[str, Any]:
        raise forms.ValidationError("Both together do not go.")


def test_a_form_leads_from_each_error_to_its_field_and_loses_nothing() -> None:
    form = SampleForm({"title": "far too long", "note": "kept"})
    page = drawn(
        '{% include "components/form.html" with submit="Save" cancel_url="/back/" %}', form=form
    )
    assert 'role="alert"' in page
    assert '<a href="#id_title">Topic</a>' in page
    assert page.count("Both together do not go.") == 1
    assert 'value="far too long"' in page
    assert 'value="kept"' in page
    assert 'aria-invalid="true"' in page
    assert 'href="/back/"' in page
    assert "are obligatory" in words(page)
