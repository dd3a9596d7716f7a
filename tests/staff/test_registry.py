"""What HR does to the registry and the ledger: verbs, pages, and who may not."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from staff.domain import registry, standings
from staff.models import (
    DeadlineExtension,
    Person,
    Post,
    Provider,
    Standing,
    TrainingRecord,
    Unit,
)
from workflow.models import StoredFile
from workflow.saving import version_of

from .. import scan_files
from ..factories import (
    DeadlineExtensionFactory,
    PersonFactory,
    PostFactory,
    ProviderFactory,
    TrainingRecordFactory,
    UnitFactory,
    made_iin,
)

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.django_db
PERSON_FIELDS = [
    "last_name",
    "first_name",
    "patronymic",
    "personnel_number",
    "iin",
    "hired_on",
    "left_on",
    "degree",
    "academic_title",
    "disciplines",
    "email",
    "phone",
]
PDF = scan_files.pdf()


@pytest.fixture
def client(signed_in: SignIn, hr: Any) -> Client:
    return signed_in(hr)


@pytest.fixture
def person(units: SimpleNamespace) -> Person:
    person = PersonFactory(last_name="Бекова", first_name="Динара")
    PostFactory(person=person, unit=units.department)
    return person


def due_of(person: Person) -> dt.date:
    return Standing.objects.get(person=person, past_day=None, holds_until=None).due_on


def refused(refusal: Any) -> set[str]:
    return set(refusal.value.message_dict)


# --- people -----------------------------------------------------------------------------------
def test_a_person_is_taken_in_with_the_first_post_and_judged_at_once(
    client: Client, units: SimpleNamespace
) -> None:
    response = client.post(
        reverse("person_create"),
        {
            "last_name": "ӘЛИЕВА",
            "first_name": "мәдина",
            "patronymic": " Серікқызы ",
            "personnel_number": "9001",
            "iin": "0612 1160 0012",
            "hired_on": "2026-09-01",
            "post-unit": units.department.pk,
            "post-position": "Ассистент",
            "post-category": "university_teacher",
            "post-share": "0.5",
            "post-kind": "main",
        },
    )
    person = Person.objects.get(personnel_number="9001")

    assert response["Location"] == reverse("person", args=[person.pk])
    assert person.full_name == "Әлиева Мәдина Серікқызы"
    assert person.iin == "061211600012"
    post = person.posts.get()
    assert (post.starts_on, post.share) == (dt.date(2026, 9, 1), Decimal("0.50"))
    assert due_of(person) == dt.date(2029, 9, 1)
    assert person.history.get().history_user.username == "hr"


def test_everything_wrong_is_said_at_once_and_nothing_is_lost(
    client: Client, units: SimpleNamespace
) -> None:
    response = client.post(
        reverse("person_create"),
        {"last_name": "Әлиева", "iin": "123456789012", "post-position": "Ассистент"},
    )
    page = response.content.decode()

    assert response.status_code == 422
    assert {"first_name", "hired_on"} <= set(response.context["form"].errors)
    assert {"unit", "category"} <= set(response.context["post_form"].errors)
    assert 'value="Әлиева"' in page and 'value="Ассистент"' in page
    assert Person.objects.filter(last_name="Әлиева").exists() is False


def test_a_wrong_iin_is_refused_with_the_way_out(units: SimpleNamespace, hr: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        registry.create_person(
            values={
                "last_name": "А",
                "first_name": "Б",
                "iin": "123456789012",
                "personnel_number": "1",
            },
            actor=hr,
            on=dt.date(2026, 11, 22),
        )
    assert refused(refusal) == {"iin"}


def test_duplicates_lead_to_the_person_who_is_there(client: Client, person: Person) -> None:
    response = client.post(
        reverse("person_create"),
        {
            "last_name": "Басқа",
            "first_name": "Адам",
            "personnel_number": person.personnel_number,
            "hired_on": "2026-09-01",
            "post-unit": person.posts.get().unit_id,
            "post-position": "Ассистент",
            "post-category": "researcher",
            "post-share": "1",
            "post-kind": "main",
        },
    )

    assert response.status_code == 422
    assert "personnel_number" in response.context["form"].errors
    assert reverse("person", args=[person.pk]) in response.content.decode()


def test_a_namesake_is_asked_about_once(client: Client, person: Person) -> None:
    values = {
        "last_name": person.last_name,
        "first_name": person.first_name,
        "patronymic": person.patronymic,
        "personnel_number": "9002",
        "hired_on": "2026-09-01",
        "post-unit": person.posts.get().unit_id,
        "post-position": "Ассистент",
        "post-category": "researcher",
        "post-share": "1",
        "post-kind": "main",
    }
    asked = client.post(reverse("person_create"), values)
    assert asked.status_code == 422
    assert reverse("person", args=[person.pk]) in asked.content.decode()
    assert Person.objects.filter(personnel_number="9002").exists() is False

    assert client.post(reverse("person_create"), values | {"is_another": "on"}).status_code == 302
    assert Person.objects.filter(personnel_number="9002").exists() is True


def person_form(person: Person, **changes: Any) -> dict[str, Any]:
    fields = PERSON_FIELDS
    values = {name: getattr(person, name) or "" for name in fields}
    return values | {"version": version_of(person)} | changes


def test_a_change_is_kept_with_who_and_why(client: Client, hr: Any, person: Person) -> None:
    url = reverse("person_edit", args=[person.pk])
    client.post(url, person_form(person, degree="PhD", reason="диплом"))

    newest = person.history.first()
    assert (newest.degree, newest.history_user, newest.history_change_reason) == (
        "PhD",
        hr,
        "диплом",
    )
    before = person.history.count()
    client.post(url, person_form(Person.objects.get(pk=person.pk)))
    assert person.history.count() == before


def test_the_second_of_two_editors_is_told_and_shown_the_difference(
    client: Client, hr: Any, person: Person, today: dt.date
) -> None:
    url = reverse("person_edit", args=[person.pk])
    mine = person_form(person, phone="+7 701 000 00 00")
    registry.change_person(person=person, values={"degree": "PhD"}, actor=hr, on=today)

    told = client.post(url, mine)
    page = told.content.decode()
    assert told.status_code == 409
    assert "Changed by somebody else meanwhile" in page
    assert "<ins>" in page and "PhD" in page
    assert 'value="+7 701 000 00 00"' in page
    assert Person.objects.get(pk=person.pk).phone == ""

    newest = version_of(person)
    assert f'name="version" value="{newest}"' in page
    assert client.post(url, mine | {"version": newest}).status_code == 302
    assert Person.objects.get(pk=person.pk).phone == "+7 701 000 00 00"


def test_leaving_ends_the_posts_and_the_standing(hr: Any, person: Person, today: dt.date) -> None:
    PostFactory(person=person, second=True, unit=person.posts.get().unit, ended=True)
    registry.change_person(
        person=person, values={"left_on": dt.date(2026, 11, 20)}, actor=hr, on=today
    )

    assert set(person.posts.values_list("ends_on", flat=True)) == {
        dt.date(2026, 11, 20),
        dt.date(2026, 6, 30),
    }
    assert Standing.objects.on(today).filter(person=person).exists() is False


def test_nobody_leaves_before_a_post_that_has_yet_to_begin(
    hr: Any, person: Person, today: dt.date
) -> None:
    PostFactory(person=person, unit=person.posts.get().unit, future=True, researcher=True)
    with pytest.raises(ValidationError) as refusal:
        registry.change_person(person=person, values={"left_on": today}, actor=hr, on=today)

    assert refused(refusal) == {"left_on"}
    assert Person.objects.get(pk=person.pk).left_on is None


def test_an_iin_of_another_is_refused(hr: Any, person: Person, today: dt.date) -> None:
    other = PersonFactory(iin=made_iin(77))
    with pytest.raises(ValidationError) as refusal:
        registry.change_person(person=person, values={"iin": other.iin}, actor=hr, on=today)
    assert "iin" in refused(refusal)


# --- photos -----------------------------------------------------------------------------------
def _photo() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (900, 700), (10, 120, 90)).save(out, "PNG")
    return SimpleUploadedFile("me.png", out.getvalue(), "image/png")


def test_a_photo_is_kept_small_and_shown_to_those_who_see_the_person(
    client: Client,
    signed_in: SignIn,
    head: Any,
    stranger_head: Any,
    person: Person,
) -> None:
    client.post(reverse("person_photo_change", args=[person.pk]), {"photo": _photo()})
    person.refresh_from_db()
    url = reverse("person_photo", args=[person.pk])

    served = signed_in(head).get(url)
    assert served["Content-Type"] == "image/jpeg"
    assert served["X-Content-Type-Options"] == "nosniff"
    assert served["Cache-Control"].startswith("private")
    assert "sandbox" in served["Content-Security-Policy"]
    with Image.open(io.BytesIO(b"".join(served.streaming_content))) as picture:
        assert picture.size == (480, 480)
    again = signed_in(head).get(url, headers={"If-None-Match": served["ETag"]})
    assert again.status_code == 304
    assert signed_in(stranger_head).get(url).status_code == 404
    assert signed_in(None).get(url).status_code == 302

    client.post(reverse("person_photo_change", args=[person.pk]), {"remove": "1"})
    assert client.get(url).status_code == 404
    assert StoredFile.objects.filter(pk=person.photo_id).exists() is True


def test_no_photo_is_no_photo(client: Client, person: Person) -> None:
    response = client.post(
        reverse("person_photo_change", args=[person.pk]),
        {"photo": SimpleUploadedFile("me.jpg", PDF, "image/jpeg")},
    )
    assert response.status_code == 422
    assert "photo" in response.context["form"].errors


# --- posts ------------------------------------------------------------------------------------
def post_form(post: Post, **changes: Any) -> dict[str, Any]:
    values = {
        "unit": post.unit_id,
        "position": post.position,
        "category": post.category,
        "share": post.share,
        "kind": post.kind,
        "starts_on": post.starts_on,
        "ends_on": post.ends_on or "",
        "version": version_of(post),
    }
    return values | changes


def test_a_second_post_brings_its_own_standing(
    client: Client, person: Person, units: SimpleNamespace, today: dt.date
) -> None:
    client.post(
        reverse("post_add", args=[person.pk]),
        {
            "unit": units.section.pk,
            "position": "Оқытушы",
            "category": "college_teacher",
            "share": "0.5",
            "kind": "second",
            "starts_on": "2026-01-12",
        },
    )
    codes = Standing.objects.on(today).filter(person=person)
    assert set(codes.values_list("requirement__code", "due_on")) == {
        ("university_teacher", dt.date(2023, 9, 1)),
        ("college_teacher", dt.date(2029, 1, 12)),
    }


def test_the_same_post_is_not_added_twice(hr: Any, person: Person, today: dt.date) -> None:
    post = person.posts.get()
    same = {
        "unit": post.unit,
        "position": post.position,
        "category": post.category,
        "starts_on": today,
    }
    with pytest.raises(ValidationError):
        registry.add_post(person=person, values=same, actor=hr, on=today)
    registry.add_post(person=person, values=same | {"kind": "second"}, actor=hr, on=today)
    assert person.posts.count() == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"starts_on": dt.date(2019, 1, 1)}, "starts_on"),
        ({"starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2025, 1, 1)}, "__all__"),
        ({"starts_on": dt.date(2026, 1, 1), "share": Decimal("3")}, "share"),
    ],
)
def test_impossible_posts_are_refused(
    hr: Any, person: Person, today: dt.date, values: dict[str, Any], field: str
) -> None:
    usual = {
        "unit": person.posts.get().unit,
        "position": "Ғылыми қызметкер",
        "category": "researcher",
    }
    with pytest.raises(ValidationError) as refusal:
        registry.add_post(person=person, values=usual | values, actor=hr, on=today)
    assert refused(refusal) == {field}
    assert person.posts.count() == 1


def test_nobody_is_put_into_a_closed_unit(hr: Any, person: Person, today: dt.date) -> None:
    with pytest.raises(ValidationError) as refusal:
        registry.add_post(
            person=person,
            values={
                "unit": UnitFactory(closed=True),
                "position": "А",
                "category": "researcher",
                "starts_on": today,
            },
            actor=hr,
            on=today,
        )
    assert refused(refusal) == {"unit"}


def test_other_duties_end_the_post_the_day_before(
    client: Client, person: Person, units: SimpleNamespace
) -> None:
    post = person.posts.get()
    client.post(
        reverse("post_change", args=[post.pk]),
        post_form(post, position="Профессор", starts_on="2026-11-01"),
    )
    before, after = person.posts.order_by("starts_on")

    assert before.ends_on == dt.date(2026, 10, 31)
    assert (after.starts_on, after.position, after.ends_on) == (
        dt.date(2026, 11, 1),
        "Профессор",
        None,
    )
    # The same requirement: its three years go on without a break.
    assert due_of(person) == dt.date(2023, 9, 1)


def test_duties_cannot_change_before_they_began(hr: Any, person: Person, today: dt.date) -> None:
    post = person.posts.get()
    with pytest.raises(ValidationError) as refusal:
        registry.change_post(post=post, values={}, starts_on=post.starts_on, actor=hr, on=today)
    assert refused(refusal) == {"starts_on"}


def test_a_correction_holds_from_the_first_day(client: Client, person: Person) -> None:
    post = person.posts.get()
    client.post(
        reverse("post_correct", args=[post.pk]),
        post_form(post, starts_on="2025-01-10", reason="қате"),
    )

    assert person.posts.get().starts_on == dt.date(2025, 1, 10)
    assert due_of(person) == dt.date(2028, 1, 10)
    assert post.history.first().history_change_reason == "қате"


def test_a_post_ends_and_the_person_may_leave_with_it(
    client: Client, person: Person, today: dt.date
) -> None:
    post = person.posts.get()
    url = reverse("post_end", args=[post.pk])
    early = client.post(url, {"last_day": "2019-01-01", "version": version_of(post)})
    assert early.status_code == 422

    client.post(url, {"last_day": "2026-11-21", "leaves": "on", "version": version_of(post)})
    person.refresh_from_db()
    assert person.left_on == dt.date(2026, 11, 21)
    assert Standing.objects.on(today).filter(person=person).exists() is False


# --- extensions -------------------------------------------------------------------------------
def test_an_extension_moves_the_deadline_and_taking_it_away_moves_it_back(
    client: Client, person: Person
) -> None:
    post = person.posts.get()
    post.starts_on = dt.date(2024, 9, 1)
    post.save()
    client.post(
        reverse("extension_add", args=[person.pk]),
        {
            "reason": "parental",
            "starts_on": "2025-01-01",
            "ends_on": "2025-12-31",
            "basis": "№ 1 бұйрық",
        },
    )
    extension = person.extensions.get()
    assert due_of(person) == dt.date(2028, 8, 31)

    url = reverse("extension_delete", args=[extension.pk])
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "бұйрық жойылды"}).status_code == 302
    assert due_of(person) == dt.date(2027, 9, 1)
    gone = DeadlineExtension.history.filter(id=extension.pk).first()
    assert (gone.history_type, gone.history_change_reason) == ("-", "бұйрық жойылды")


def test_short_sick_leave_moves_nothing(hr: Any, person: Person, today: dt.date) -> None:
    sick = {"reason": "sick", "starts_on": dt.date(2026, 1, 1), "basis": "№ 2"}
    with pytest.raises(ValidationError) as refusal:
        registry.add_extension(
            person=person, values=sick | {"ends_on": dt.date(2026, 2, 28)}, actor=hr, on=today
        )
    assert refused(refusal) == {"ends_on"}
    registry.add_extension(
        person=person, values=sick | {"ends_on": dt.date(2026, 3, 1)}, actor=hr, on=today
    )


# --- records ----------------------------------------------------------------------------------
def record_form(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Дәлелді медицина",
        "form": "course",
        "area": "profile",
        "mode": "on_site",
        "starts_on": "2026-03-01",
        "ends_on": "2026-03-14",
        "hours": "72",
        "credits": "",
        "provider_name": "Астана медицина университеті",
        "country": "Қазақстан",
        "cost": "",
        "document_number": "048213",
        "document_date": "",
    } | changes


def enter(client: Client, person: Person, **changes: Any) -> Any:
    return client.post(reverse("record_add", args=[person.pk]), record_form(**changes))


def test_what_hr_enters_counts_as_verified(client: Client, hr: Any, person: Person) -> None:
    scan = SimpleUploadedFile("скан.pdf", PDF, "application/pdf")
    response = enter(client, person, scan=scan)
    record = person.records.get()

    assert response["Location"] == reverse("record", args=[record.pk])
    assert (record.state, record.source, record.verified_by) == ("verified", "hr", hr)
    assert record.document.original_name == "скан.pdf"
    assert record.document.content_type == "application/pdf"
    assert due_of(person) == dt.date(2029, 3, 14)


def test_credits_are_thirty_hours(client: Client, person: Person) -> None:
    enter(client, person, hours="", credits="2")
    assert person.records.get().hours == 60

    nothing = enter(client, person, hours="", credits="", title="Басқа")
    assert nothing.status_code == 422


def test_a_provider_is_known_however_it_is_typed(client: Client, person: Person) -> None:
    ProviderFactory(name="Астана медицина университеті")
    enter(client, person, provider_name="астана  МЕДИЦИНА университети")
    enter(client, person, provider_name="«Өрлеу» БАҰО", title="Басқа")

    assert Provider.objects.count() == 2
    assert person.records.get(title="Басқа").provider.name == "«Өрлеу» БАҰО"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_on": "2026-11-23"}, "ends_on"),
        ({"starts_on": "2026-04-01"}, "__all__"),
        ({"hours": "0"}, "hours"),
        ({"hours": "-5"}, "hours"),
        ({"area": "magic"}, "area"),
        ({"provider_name": " "}, "provider_name"),
    ],
)
def test_impossible_records_are_refused_and_leave_nothing_behind(
    client: Client, person: Person, changes: dict[str, str], field: str
) -> None:
    response = enter(client, person, **changes)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert 'value="Дәлелді медицина"' in response.content.decode()
    assert TrainingRecord.objects.exists() is False
    assert Provider.objects.exists() is False


def test_the_same_training_twice_leads_to_the_first(client: Client, person: Person) -> None:
    enter(client, person)
    first = person.records.get()
    again = enter(client, person, title="  дәлелді МЕДИЦИНА ")

    assert again.status_code == 422
    assert again.context["twin_url"] == reverse("record", args=[first.pk])
    assert enter(client, person, document_number="другой").status_code == 302


def kept_token(response: Any) -> str:
    (token,) = re.findall(r'name="kept_scan" value="([^"]+)"', response.content.decode())
    return str(token)


def test_a_good_scan_survives_what_is_wrong_elsewhere(client: Client, person: Person) -> None:
    scan = SimpleUploadedFile("скан.pdf", PDF, "application/pdf")
    wrong = enter(client, person, hours="", scan=scan)
    assert wrong.status_code == 422
    token = kept_token(wrong)

    enter(client, person, kept_scan=token)
    assert person.records.get().document.original_name == "скан.pdf"


def test_the_kept_scan_of_somebody_else_is_not_taken(
    client: Client, signed_in: SignIn, person: Person, units: SimpleNamespace
) -> None:
    from ..factories import UserFactory

    other = signed_in(UserFactory(roles=["hr"]))
    scan = SimpleUploadedFile("скан.pdf", PDF, "application/pdf")
    token = kept_token(enter(other, person, hours="", scan=scan))

    enter(client, person, kept_scan=token)
    enter(client, person, kept_scan="nonsense", title="Басқа")
    assert [record.document for record in person.records.all()] == [None, None]


def test_a_scan_is_judged_by_its_content(client: Client, person: Person) -> None:
    page = SimpleUploadedFile("скан.pdf", b"<html><script>", "application/pdf")
    response = enter(client, person, scan=page)

    assert response.status_code == 422
    assert "scan" in response.context["form"].errors
    assert StoredFile.objects.exists() is False


def test_a_correction_asks_why_and_keeps_what_was(client: Client, hr: Any, person: Person) -> None:
    enter(client, person)
    record = person.records.get()
    url = reverse("record_correct", args=[record.pk])
    corrected = record_form(hours="36", version=version_of(record))

    assert client.post(url, corrected).status_code == 422
    assert client.post(url, corrected | {"reason": "кредиттен есептелген"}).status_code == 302
    record.refresh_from_db()
    newest, first = record.history.all()
    assert (record.hours, newest.history_change_reason) == (36, "кредиттен есептелген")
    assert first.hours == 72
    assert due_of(person) == dt.date(2023, 9, 1)


def test_a_revoked_record_counts_no_more_and_stays(client: Client, person: Person) -> None:
    enter(client, person)
    record = person.records.get()
    url = reverse("record_revoke", args=[record.pk])

    assert client.post(url, {"reason": ""}).status_code == 422
    client.post(url, {"reason": "Құжат жалған"})
    record.refresh_from_db()
    assert (record.state, record.state_reason) == ("revoked", "Құжат жалған")
    assert due_of(person) == dt.date(2023, 9, 1)
    assert client.post(url, {"reason": "тағы"}).status_code == 422
    correct = reverse("record_correct", args=[record.pk])
    again = record_form(version=version_of(record), reason="а", hours="1")
    assert client.post(correct, again).status_code == 422
    # The training may be entered anew.
    assert enter(client, person).status_code == 302


def test_a_waiting_record_counts_once_verified(
    client: Client, hr: Any, person: Person, signed_in: SignIn, head: Any
) -> None:
    record = TrainingRecordFactory(person=person, pending=True)
    url = reverse("record_verify", args=[record.pk])

    assert signed_in(head).post(url).status_code == 403
    client.post(url)
    record.refresh_from_db()
    assert (record.state, record.verified_by) == ("verified", hr)
    assert due_of(person) == dt.date(2029, 6, 30)
    client.post(url)
    assert record.history.count() == 2


def test_the_document_goes_to_those_who_see_the_record(
    client: Client, signed_in: SignIn, head: Any, stranger_head: Any, stranger: Any, person: Person
) -> None:
    enter(client, person, scan=SimpleUploadedFile("скан.pdf", PDF, "application/pdf"))
    record = person.records.get()
    url = reverse("record_document", args=[record.pk])
    served = signed_in(head).get(url)

    with record.document.content.open() as kept:
        assert b"".join(served.streaming_content) == kept.read()
    assert served["Content-Disposition"].startswith('attachment; filename="document.pdf"')
    assert served["X-Content-Type-Options"] == "nosniff"
    assert served["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for outsider in (stranger_head, stranger):
        assert signed_in(outsider).get(url).status_code == 404
        assert signed_in(outsider).get(reverse("record", args=[record.pk])).status_code == 404
    assert signed_in(None).get(url).status_code == 302


def test_the_hint_says_what_the_training_would_change(client: Client, person: Person) -> None:
    url = reverse("record_hint", args=[person.pk])
    counts = client.get(url, {"credits": "3", "ends_on": "2026-03-14", "area": "profile"})
    other = client.get(url, {"hours": "90", "ends_on": "2026-03-14", "area": "digital"})
    future = client.get(url, {"hours": "90", "ends_on": "2027-03-14", "area": "profile"})

    assert "90 h" in counts.content.decode()
    assert "14.03.2029" in counts.content.decode()
    assert "the area is another one" in other.content.decode()
    assert "has not ended yet" in future.content.decode()
    assert client.get(url, {"hours": "many", "ends_on": "?"}).status_code == 200


# --- units ------------------------------------------------------------------------------------
def unit_form(**changes: Any) -> dict[str, Any]:
    return {
        "name_kk": "Жаңа кафедра",
        "name_ru": "Новая кафедра",
        "name_en": "",
        "kind": "department",
        "code": "",
        "parent": "",
        "head": "",
        "secretary": "",
        "supervising_vice_rector": "",
    } | changes


def test_a_unit_gets_the_next_code_of_its_kind(
    client: Client, units: SimpleNamespace, person: Person
) -> None:
    head = f"{person.personnel_number} · {person.full_name}"
    client.post(reverse("unit_create"), unit_form(parent=units.faculty.pk, head=head))
    unit = Unit.objects.get(name_kk="Жаңа кафедра")

    assert (unit.code, unit.parent, unit.head) == ("D-003", units.faculty, person)
    assert unit.path.startswith(units.faculty.path)


def test_a_unit_moves_with_everything_below_and_never_into_itself(
    client: Client, hr: Any, units: SimpleNamespace, today: dt.date
) -> None:
    for below in (units.department, units.section):
        with pytest.raises(ValidationError) as refusal:
            registry.change_unit(
                unit=units.department, values={"parent": below}, actor=hr, on=today
            )
        assert "parent" in refused(refusal)

    registry.change_unit(
        unit=units.department, values={"parent": units.directorate}, actor=hr, on=today
    )
    units.section.refresh_from_db()
    assert units.section.path.startswith(units.directorate.path)
    offered = client.get(reverse("unit_edit", args=[units.department.pk])).content.decode()
    assert f'value="{units.faculty.pk}"' in offered
    assert f'<option value="{units.section.pk}"' not in offered


def test_a_head_may_be_named_by_name_unless_several_are_called_so(
    client: Client, units: SimpleNamespace
) -> None:
    one = PersonFactory(last_name="Жалғызова")
    PersonFactory(last_name="Көпшілікова")
    PersonFactory(last_name="Көпшілікова")
    url = reverse("unit_edit", args=[units.section.pk])
    form = unit_form(kind="sector", name_kk="Сектор", code="S-001", parent=units.department.pk)
    form["version"] = version_of(units.section)

    several = client.post(url, form | {"head": "Көпшілікова"})
    nobody = client.post(url, form | {"head": "Жоқадам"})
    assert (several.status_code, nobody.status_code) == (422, 422)
    assert client.post(url, form | {"head": "жалгызова"}).status_code == 302
    assert Unit.objects.get(pk=units.section.pk).head == one


def test_a_unit_with_people_or_units_in_it_is_not_closed(
    client: Client, units: SimpleNamespace, person: Person, today: dt.date
) -> None:
    url = reverse("unit_close", args=[units.department.pk])
    page = client.get(url).content.decode()
    assert f"{reverse('person_list')}?unit=D-001" in page
    refused_page = client.post(url, {"last_day": today.isoformat()})
    assert refused_page.status_code == 422
    assert len(refused_page.context["form"].non_field_errors()) == 2

    empty = reverse("unit_close", args=[units.section.pk])
    assert client.post(empty, {"last_day": today.isoformat()}).status_code == 302
    assert Unit.objects.get(pk=units.section.pk).closed_on == today
    client.post(reverse("unit_reopen", args=[units.section.pk]), {"reason": "қате"})
    assert Unit.objects.get(pk=units.section.pk).closed_on is None


def test_the_page_of_a_unit_shows_what_is_below_and_whom_one_may_see(
    client: Client,
    signed_in: SignIn,
    teacher: Any,
    head: Any,
    stranger_head: Any,
    units: SimpleNamespace,
    person: Person,
    today: dt.date,
) -> None:
    standings.restate_everybody(on=today)
    url = reverse("unit", args=[units.department.pk])

    full = client.get(url)
    assert full.context["headcount"] == 3
    assert [unit.code for unit in full.context["below"]] == ["S-001"]
    assert sum(full.context["states"].values()) == 3
    own = signed_in(teacher).get(url)
    assert [post.person for post in own.context["posts"]] == [teacher.person]
    assert "person_list" not in own.content.decode()
    assert {post.person for post in signed_in(head).get(url).context["posts"]} >= {person}
    assert signed_in(stranger_head).get(url).status_code == 404


# --- who may not ------------------------------------------------------------------------------
def changing_urls(person: Person) -> list[str]:
    post = person.posts.get()
    extension = DeadlineExtensionFactory(person=person)
    record = TrainingRecordFactory(person=person)
    pairs = [
        ("person_edit", person),
        ("person_photo_change", person),
        ("post_add", person),
        ("post_correct", post),
        ("post_change", post),
        ("post_end", post),
        ("extension_add", person),
        ("extension_edit", extension),
        ("extension_delete", extension),
        ("record_add", person),
        ("record_hint", person),
        ("record_correct", record),
        ("record_revoke", record),
        ("unit_edit", post.unit),
        ("unit_close", post.unit),
        ("unit_reopen", post.unit),
    ]
    return [reverse(name, args=[thing.pk]) for name, thing in pairs]


def test_only_hr_changes_anything(signed_in: SignIn, accounts: Any, person: Person) -> None:
    urls = changing_urls(person)
    for name in ("head", "secretary", "vicerector", "dean", "rector", "centre", "administrator"):
        client = signed_in(accounts[name])
        assert {client.get(url).status_code for url in urls} == {403}, name
        assert {client.post(url).status_code for url in urls} == {403}, name
    assert {signed_in(accounts["hr"]).get(url).status_code for url in urls} == {200}


def test_for_those_who_do_not_see_it_a_thing_does_not_exist(
    signed_in: SignIn, accounts: Any, person: Person
) -> None:
    urls = changing_urls(person)
    for name in ("stranger_head", "stranger", "finance", "researcher"):
        client = signed_in(accounts[name])
        assert {client.get(url).status_code for url in urls} == {404}, name
    assert {signed_in(None).get(url).status_code for url in urls} == {302}


def test_creating_is_for_hr(signed_in: SignIn, head: Any, teacher: Any) -> None:
    for user in (head, teacher):
        for name in ("person_create", "unit_create", "person_suggestions"):
            assert signed_in(user).get(reverse(name)).status_code == 403


def test_forms_are_guarded_against_other_sites(hr: Any, person: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(hr, backend="staff.backends.PasswordBackend")

    assert (
        client.post(reverse("person_edit", args=[person.pk]), person_form(person)).status_code
        == 403
    )


def test_suggestions_are_escaped(client: Client) -> None:
    PersonFactory(last_name='"><script>', personnel_number="777")
    ProviderFactory(name='"><script>alert</script>')
    people = client.get(reverse("person_suggestions"), {"head": "777"}).content.decode()
    providers = client.get(reverse("provider_suggestions"), {"provider_name": "alert"})

    assert people.count("<option") == 1 and "<script>" not in people
    assert "<script>" not in providers.content.decode()
