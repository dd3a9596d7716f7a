"""Accounts: the door, forgotten passwords, invitations, the second factor, roles, the language."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import mail as outbox
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from staff import tasks
from staff.domain import accounts as verbs
from staff.domain import second_factor
from staff.models import Person, Role, RolePolicy, User
from workflow import mail
from workflow.models import OutgoingMail
from workflow.saving import save

from ..conftest import TODAY, taken_back
from ..factories import PASSWORD, PersonFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "жаңа құпия сөз 7"


def sign_in(client: Client, user: User, password: str = PASSWORD, to: str = "") -> Any:
    data = {"username": user.username, "password": password, "next": to}
    return client.post(reverse("login"), data)


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# --- the door ---------------------------------------------------------------------------------
def test_who_is_not_signed_in_is_led_to_username_and_password(client: Client) -> None:
    response = client.get("/", follow=True)
    assert response.redirect_chain == [("/login/?next=/", 302)]
    page = response.content.decode()
    assert 'name="username"' in page
    assert 'name="password"' in page


def test_a_page_that_was_wanted_comes_after_signing_in(client: Client, teacher: User) -> None:
    wanted = reverse("profile")
    assert sign_in(client, teacher, to=wanted).headers["Location"] == wanted
    client.logout()
    response = sign_in(client, teacher, to="https://elsewhere.example/")
    assert response.headers["Location"] == reverse("home")


def test_five_wrong_passwords_close_the_door_for_a_quarter_of_an_hour(
    client: Client, teacher: User, head: User
) -> None:
    for _attempt in range(4):
        assert sign_in(client, teacher, "wrong").status_code == 200
    locked = sign_in(client, teacher, "wrong")
    assert locked.status_code == 429
    assert "registration/locked_out.html" in [t.name for t in locked.templates]
    assert sign_in(client, teacher).status_code == 429
    assert sign_in(client, head).status_code == 302  # another account is not shut out
    client.logout()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16), tick=True):
        assert sign_in(client, teacher).status_code == 302


def test_a_new_password_opens_a_locked_door(client: Client, teacher: User) -> None:
    for _attempt in range(5):
        sign_in(client, teacher, "wrong")
    set_password_by_letter(client, teacher, NEW_PASSWORD)
    assert sign_in(client, teacher, NEW_PASSWORD).status_code == 302


def test_who_is_switched_off_does_not_come_in(client: Client) -> None:
    user = UserFactory(inactive=True)
    assert sign_in(client, user).status_code == 200
    assert client.get(reverse("profile")).status_code == 302


def test_signing_out_takes_a_post(client: Client, teacher: User) -> None:
    client.force_login(teacher)
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).headers["Location"] == reverse("login")
    assert client.get(reverse("profile")).status_code == 302


# --- forgotten passwords ------------------------------------------------------------------------
def link_in_letter() -> str:
    mail.deliver(now=timezone.now())
    text = str(outbox.outbox[-1].body)
    found = re.search(rf"{re.escape(settings.SITE_URL)}(\S+)", text)
    assert found is not None
    return found.group(1)


def set_password_by_letter(client: Client, user: User, password: str) -> Any:
    client.post(reverse("password_reset"), {"name": user.username})
    page = client.get(link_in_letter(), follow=True)
    data = {"new_password1": password, "new_password2": password}
    return client.post(page.redirect_chain[-1][0], data)


def test_asking_for_a_link_never_says_whether_an_account_exists(
    client: Client, teacher: User
) -> None:
    answers = []
    for name in (teacher.username, teacher.email.upper(), "nobody", "nobody@example.kz"):
        response = client.post(reverse("password_reset"), {"name": name}, follow=True)
        answers.append((response.redirect_chain, response.status_code))
    assert len({str(answer) for answer in answers}) == 1
    assert [row.receiver for row in OutgoingMail.objects.filter(kind="password_reset")] == [teacher]


def test_one_address_asks_for_ten_links_an_hour(client: Client, teacher: User) -> None:
    url = reverse("password_reset")
    for _ in range(10):
        assert client.post(url, {"name": "nobody"}).status_code == 302
    refused = client.post(url, {"name": teacher.username})
    assert refused.status_code == 429
    [why] = refused.context["form"].non_field_errors()
    assert escape(why) in refused.content.decode()
    assert OutgoingMail.objects.count() == 0
    elsewhere = client.post(url, {"name": teacher.username}, REMOTE_ADDR="10.0.0.9")
    assert elsewhere.status_code == 302
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=61), tick=False):
        assert client.post(url, {"name": "nobody"}).status_code == 302


def test_the_answer_asks_the_database_for_no_account(
    client: Client, teacher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it takes the same time whoever is named: the worker looks for the account."""
    asked: list[str] = []
    monkeypatch.setattr(tasks.send_password_link, "delay", asked.append)
    statements = []
    for name in (teacher.username, "nobody"):
        with CaptureQueriesContext(connection) as queries:
            client.post(reverse("password_reset"), {"name": name})
        statements.append([query["sql"] for query in queries])
    assert asked == [teacher.username, "nobody"]
    assert statements[0] == statements[1] == []


def test_a_second_letter_waits_five_minutes(teacher: User) -> None:
    now = timezone.now()
    for minutes in (0, 4, 6):
        with time_machine.travel(now + dt.timedelta(minutes=minutes), tick=False):
            verbs.ask_password_reset(name=teacher.username, now=timezone.now())
    assert OutgoingMail.objects.filter(receiver=teacher).count() == 2


def test_nobody_gets_a_link_who_is_off_or_has_no_email(db: None) -> None:
    UserFactory(username="off", inactive=True)
    UserFactory(username="mute", email="")
    for name in ("off", "mute", ""):
        verbs.ask_password_reset(name=name, now=timezone.now())
    assert OutgoingMail.objects.count() == 0


def test_a_link_works_once(client: Client, teacher: User) -> None:
    client.post(reverse("password_reset"), {"name": teacher.email})
    link = link_in_letter()
    page = client.get(link, follow=True)
    address = page.redirect_chain[-1][0]
    data = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert client.post(address, data).headers["Location"] == reverse("login")
    again = client.get(link)
    assert again.status_code == 200
    assert again.context["validlink"] is False
    assert reverse("password_reset") in again.content.decode()
    assert sign_in(client, teacher, NEW_PASSWORD).status_code == 302


def test_a_link_dies_with_its_days(client: Client, teacher: User) -> None:
    client.post(reverse("password_reset"), {"name": teacher.email})
    link = link_in_letter()
    with time_machine.travel(timezone.now() + dt.timedelta(days=4), tick=True):
        assert client.get(link).context["validlink"] is False


def test_the_page_behind_a_link_speaks_the_letter_s_language(client: Client, teacher: User) -> None:
    teacher.language = "ru"
    teacher.save()
    client.post(reverse("password_reset"), {"name": teacher.email})
    page = client.get(link_in_letter(), follow=True)
    assert '<html lang="ru">' in page.content.decode()


def test_changing_the_password_asks_for_the_present_one(client: Client, teacher: User) -> None:
    client.force_login(teacher)
    data = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    refused = client.post(reverse("password_change"), data | {"old_password": "wrong"})
    assert "old_password" in refused.context["form"].errors
    done = client.post(reverse("password_change"), data | {"old_password": PASSWORD})
    assert done.headers["Location"] == reverse("profile")
    assert client.get(reverse("profile")).status_code == 200  # this session stays
    assert User.objects.get(pk=teacher.pk).check_password(NEW_PASSWORD)


# --- invitations ----------------------------------------------------------------------------------
@pytest.fixture
def newcomers(units: Any) -> dict[str, Person]:
    people = {
        "reachable": PersonFactory(with_email=True, personnel_number="7001"),
        "mute": PersonFactory(personnel_number="7002"),
        "numberless": PersonFactory(personnel_number=None, email="n@example.kz"),
        "left": PersonFactory(with_email=True, personnel_number="7004"),
    }
    for name, person in people.items():
        ends_on = dt.date(2026, 1, 31) if name == "left" else None
        PostFactory(person=person, unit=units.department, ends_on=ends_on)
    return people


def test_inviting_makes_an_account_and_a_letter_each(
    hr: User, newcomers: dict[str, Person]
) -> None:
    now = timezone.now()
    people = Person.objects.employed(TODAY)
    done = verbs.invite(people=people, actor=hr, now=now)
    assert sorted(a.username for a in done.accounts) == [
        "7001",
        f"u{newcomers['numberless'].pk}",
    ]
    assert done.without_email == 1
    account = User.objects.get(username="7001")
    assert (account.person, account.email) == (newcomers["reachable"], "7001@example.kz")
    assert (account.language, account.invited_at) == ("kk", now)
    assert account.has_usable_password() is False
    assert account.roles == frozenset()
    assert account.history.get().history_user == hr
    assert OutgoingMail.objects.filter(kind="invitation", receiver=account).count() == 1
    again = verbs.invite(people=people, actor=hr, now=now)
    assert again.accounts == []


def test_who_writes_an_address_does_not_invite_to_it(
    client: Client, hr: User, administrator: User, newcomers: dict[str, Person]
) -> None:
    """Else one could come in as somebody else; another pair of eyes, or a day, is enough."""
    person = newcomers["reachable"]
    person.email = "mine@example.kz"
    save(person, actor=hr, reason="түзету")
    chosen = {"ids": [person.pk], "confirmed": "1"}
    client.force_login(hr)
    told = messages_of(client.post(reverse("invite_people"), chosen, follow=True))
    assert [text for text in told if text.startswith(f"Not invited: {person.full_name}.")] == told
    assert len(told) == 1
    assert User.objects.filter(person=person).exists() is False

    people = Person.objects.filter(pk=person.pk)
    now = timezone.now()
    colleague = UserFactory(roles=[Role.HR])
    for actor, moment, invited in (
        (hr, now + dt.timedelta(hours=23), 0),
        (hr, now + dt.timedelta(hours=25), 1),
        (colleague, now, 1),
        (administrator, now, 1),
    ):
        with taken_back():
            done = verbs.invite(people=people, actor=actor, now=moment)
            assert (len(done.accounts), len(done.own_email)) == (invited, 1 - invited)


def test_an_address_that_stays_or_comes_with_a_new_person_may_be_invited(
    hr: User, newcomers: dict[str, Person], units: Any
) -> None:
    kept = newcomers["reachable"]
    kept.phone = "+7 700 111 22 33"
    save(kept, actor=hr, reason="")
    new = Person(
        personnel_number="7100", last_name="Жаңа", first_name="Жан", email="7100@example.kz"
    )
    save(new, actor=hr, reason="")
    done = verbs.invite(
        people=Person.objects.filter(pk__in=[kept.pk, new.pk]), actor=hr, now=timezone.now()
    )
    assert len(done.accounts) == 2


def test_a_taken_or_unsuitable_number_gives_way_to_the_key(hr: User, units: Any) -> None:
    UserFactory(username="7001")
    people = [
        PersonFactory(with_email=True, personnel_number="7001"),
        PersonFactory(email="b@example.kz", personnel_number="70 / 2"),
    ]
    done = verbs.invite(
        people=Person.objects.filter(pk__in=[p.pk for p in people]), actor=hr, now=timezone.now()
    )
    assert {a.username for a in done.accounts} == {f"u{person.pk}" for person in people}


def test_hr_invites_in_the_browser_and_the_invited_comes_in(
    client: Client, hr: User, newcomers: dict[str, Person]
) -> None:
    client.force_login(hr)
    listed = client.get(reverse("invite"))
    names = listed.content.decode()
    assert "7001" in names
    assert "7002" not in names
    assert "7002" in client.get(reverse("invite"), {"reachable": "no"}).content.decode()
    chosen = {"ids": [newcomers["reachable"].pk, newcomers["mute"].pk, newcomers["left"].pk]}
    asked = client.post(reverse("invite_people"), chosen)
    assert asked.context["count"] == 1
    assert User.objects.filter(person=newcomers["reachable"]).exists() is False
    client.post(reverse("invite_people"), chosen | {"confirmed": "1"})
    account = User.objects.get(person=newcomers["reachable"])
    assert User.objects.filter(person__in=[newcomers["mute"], newcomers["left"]]).count() == 0

    stranger = Client()
    page = stranger.get(link_in_letter(), follow=True)
    data = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    stranger.post(page.redirect_chain[-1][0], data)
    assert sign_in(stranger, account, NEW_PASSWORD).headers["Location"] == reverse("home")


def test_the_list_of_employees_sends_its_chosen_ones(
    client: Client, hr: User, newcomers: dict[str, Person]
) -> None:
    client.force_login(hr)
    asked = client.post(reverse("invite"), {"ids": [newcomers["reachable"].pk]})
    assert asked.context["count"] == 1
    assert client.post(reverse("invite"), {}).headers["Location"] == reverse("invite")


def test_all_found_are_those_the_filters_leave(
    client: Client, hr: User, newcomers: dict[str, Person], units: Any
) -> None:
    other = PersonFactory(with_email=True)
    PostFactory(person=other, unit=units.other_department)
    client.force_login(hr)
    url = reverse("invite_people") + "?unit=D-002"
    assert client.get(url).context["count"] == 1
    client.post(url, {"confirmed": "1"})
    assert list(User.objects.filter(last_login=None, invited_at__isnull=False)) == [
        User.objects.get(person=other)
    ]


def test_the_invitation_comes_again_only_to_who_never_signed_in(
    client: Client, hr: User, newcomers: dict[str, Person]
) -> None:
    verbs.invite(people=Person.objects.employed(TODAY), actor=hr, now=timezone.now())
    fresh = User.objects.get(username="7001")
    used = UserFactory(username="used", last_login=timezone.now())
    off = UserFactory(username="off", inactive=True)
    client.force_login(hr)
    data = {"ids": [fresh.pk, used.pk, off.pk]}
    client.post(reverse("account_invite_again"), data)
    letters = OutgoingMail.objects.filter(kind="invitation")
    assert letters.filter(receiver=fresh).count() == 2
    assert letters.filter(receiver__in=[used, off]).count() == 0


@pytest.mark.parametrize("name", ["teacher", "head", "centre", "rector"])
def test_others_do_not_invite(client: Client, accounts: Any, name: str) -> None:
    client.force_login(accounts[name])
    for url in ("accounts", "invite", "invite_people"):
        assert client.get(reverse(url)).status_code == 403
    assert client.post(reverse("account_invite_again"), {"ids": [1]}).status_code == 403


# --- roles ----------------------------------------------------------------------------------------
def values_of(user: User, **changes: Any) -> dict[str, Any]:
    return {
        "email": user.email,
        "language": user.language,
        "person": user.person.personnel_number if user.person else "",
        "roles": sorted(user.roles),
        "is_active": "on",
    } | changes


def test_hr_sees_accounts_but_changes_no_role(client: Client, hr: User, teacher: User) -> None:
    client.force_login(hr)
    page = client.get(reverse("account", args=[teacher.pk]))
    assert page.status_code == 200
    edit = reverse("account_edit", args=[teacher.pk])
    assert edit not in page.content.decode()
    assert client.get(edit).status_code == 403
    assert client.post(edit, values_of(teacher, roles=["hr"])).status_code == 403
    own = reverse("account_edit", args=[hr.pk])
    assert client.post(own, values_of(hr, roles=["administrator"])).status_code == 403
    for url in ("roles", "account_new"):
        assert client.get(reverse(url)).status_code == 403
        assert client.post(reverse(url), {}).status_code == 403
    assert User.objects.get(pk=teacher.pk).roles == frozenset()
    assert User.objects.get(pk=hr.pk).roles == {"hr"}


def test_an_administrator_gives_a_role_and_the_history_says_who(
    client: Client, administrator: User, teacher: User
) -> None:
    client.force_login(administrator)
    url = reverse("account_edit", args=[teacher.pk])
    response = client.post(url, values_of(teacher, roles=["finance"]))
    assert response.headers["Location"] == reverse("account", args=[teacher.pk])
    assert User.objects.get(pk=teacher.pk).roles == {"finance"}
    newest = teacher.history.first()
    assert newest.history_user == administrator
    page = client.get(reverse("account", args=[teacher.pk])).content.decode()
    with translation.override("en"):
        assert str(Role.FINANCE.label) in page


@pytest.mark.parametrize(
    ("changes", "field"), [({"roles": ["hr"]}, "roles"), ({"is_active": ""}, "is_active")]
)
def test_an_administrator_cannot_bring_themselves_down(
    client: Client, administrator: User, changes: dict[str, Any], field: str
) -> None:
    UserFactory(roles=["administrator"])  # somebody else would be left
    client.force_login(administrator)
    url = reverse("account_edit", args=[administrator.pk])
    response = client.post(url, values_of(administrator, **changes))
    assert list(response.context["form"].errors) == [field]
    fresh = User.objects.get(pk=administrator.pk)
    assert (fresh.is_active, fresh.roles) == (True, {"administrator"})


def test_the_last_administrator_stays(administrator: User, hr: User) -> None:
    with pytest.raises(ValidationError) as refusal:
        verbs.change_account(
            account=administrator,
            email=administrator.email,
            language="kk",
            is_active=True,
            person=None,
            roles=[],
            actor=hr,
        )
    assert list(refusal.value.message_dict) == ["roles"]
    assert User.objects.get(pk=administrator.pk).roles == {"administrator"}


def test_an_employee_has_one_account(client: Client, administrator: User, teacher: User) -> None:
    other = UserFactory(username="other")
    client.force_login(administrator)
    url = reverse("account_edit", args=[other.pk])
    number = teacher.person.personnel_number
    refused = client.post(url, values_of(other, person=number))
    assert list(refused.context["form"].errors) == ["person"]
    assert f'value="{number}"' in refused.content.decode()  # nothing typed is lost
    assert "person" in client.post(url, values_of(other, person="404")).context["form"].errors
    free = PersonFactory(personnel_number="7100")
    client.post(url, values_of(other, person="7100"))
    assert User.objects.get(pk=other.pk).person == free


def test_an_account_for_somebody_outside_the_registry(client: Client, administrator: User) -> None:
    client.force_login(administrator)
    values = {"username": "auditor", "email": "a@example.kz", "language": "ru", "roles": ["legal"]}
    client.post(reverse("account_new"), values)
    account = User.objects.get(username="auditor")
    assert (account.roles, account.language, account.has_usable_password()) == (
        {"legal"},
        "ru",
        False,
    )
    assert OutgoingMail.objects.get(receiver=account).kind == "invitation"
    again = client.post(reverse("account_new"), values | {"username": "AUDITOR"})
    assert list(again.context["form"].errors) == ["username"]


def test_accounts_are_found_by_whatever_is_known(client: Client, hr: User, teacher: User) -> None:
    client.force_login(hr)
    for query in ({"q": teacher.email}, {"q": "TEACHERОВА"}, {"unit": "D-001"}):
        page = client.get(reverse("accounts"), query)
        assert [row.record for row in page.context["table"].rows] == [teacher]
    by_role = client.get(reverse("accounts"), {"role": "hr"})
    assert [row.record for row in by_role.context["table"].rows] == [hr]


# --- the second factor --------------------------------------------------------------------------
def oblige(*roles: str) -> None:
    RolePolicy.objects.filter(group__name__in=roles).update(second_factor_required=True)


def code_of(device: TOTPDevice) -> str:
    return f"{totp(device.bin_key):06d}"


def set_up(user: User) -> TOTPDevice:
    device: TOTPDevice = TOTPDevice.objects.create(user=user, confirmed=True)
    return device


def test_a_role_that_obliges_leads_to_setting_it_up(client: Client, finance: User) -> None:
    oblige("finance")
    wanted = reverse("profile")
    first = sign_in(client, finance, to=wanted)
    assert first.headers["Location"] == f"{reverse('second_factor_setup')}?next=%2Fprofile%2F"
    for url in ("home", "profile", "password_change"):
        assert (
            client.get(reverse(url)).headers["Location"].startswith(reverse("second_factor_setup"))
        )
    page = client.get(first.headers["Location"])
    device = TOTPDevice.objects.get(user=finance)
    assert second_factor.key_in_letters(device) in page.content.decode()
    assert page.context["picture"].startswith("data:image/svg+xml")
    done = client.post(reverse("second_factor_setup"), {"code": code_of(device), "next": wanted})
    assert len(done.context["codes"]) == second_factor.RECOVERY_CODES
    assert done.context["onward"] == wanted
    assert client.get(wanted).status_code == 200


def test_the_near_miss_role_is_not_obliged(client: Client, legal: User) -> None:
    oblige("finance")
    assert sign_in(client, legal).headers["Location"] == reverse("home")


def test_a_password_alone_no_longer_opens(client: Client, teacher: User) -> None:
    device = set_up(teacher)
    asked = sign_in(client, teacher)
    assert asked.headers["Location"] == f"{reverse('second_factor')}?next=%2F"
    assert client.get("/").headers["Location"].startswith(reverse("second_factor"))
    # nor does it let in somebody with another phone
    assert client.get(reverse("second_factor_setup")).headers["Location"] == reverse(
        "second_factor"
    )
    for url in ("second_factor_remove", "second_factor_codes"):
        assert client.post(reverse(url), {"password": PASSWORD}).status_code == 302
    assert second_factor.is_set_up(teacher) is True
    opened = client.post(reverse("second_factor"), {"code": code_of(device), "next": "/profile/"})
    assert opened.headers["Location"] == "/profile/"
    assert client.get("/profile/").status_code == 200


def test_wrong_codes_slow_down_and_stay_counted(client: Client, teacher: User) -> None:
    device = set_up(teacher)
    sign_in(client, teacher)
    wrong = client.post(reverse("second_factor"), {"code": "000000"})
    assert "code" in wrong.context["form"].errors
    right_but_early = client.post(reverse("second_factor"), {"code": code_of(device)})
    assert "Wait" in str(right_but_early.context["form"].errors["code"])
    device.refresh_from_db()
    assert device.throttling_failure_count == 1
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=3), tick=True):
        opened = client.post(reverse("second_factor"), {"code": code_of(device)})
    assert opened.status_code == 302


def test_a_recovery_code_opens_once(client: Client, teacher: User) -> None:
    set_up(teacher)
    codes = second_factor.renew_codes(account=teacher)
    sign_in(client, teacher)
    assert client.post(reverse("second_factor"), {"code": codes[0]}).status_code == 302
    assert client.get(reverse("profile")).status_code == 200
    client.logout()
    sign_in(client, teacher)
    assert client.post(reverse("second_factor"), {"code": codes[0]}).status_code == 200
    assert second_factor.codes_left(teacher) == second_factor.RECOVERY_CODES - 1


def test_removing_asks_the_password_and_is_refused_where_obliged(
    client: Client, finance: User
) -> None:
    device = set_up(finance)
    sign_in(client, finance)
    client.post(reverse("second_factor"), {"code": code_of(device)})
    url = reverse("second_factor_remove")
    assert client.post(url, {"password": "wrong"}).status_code == 200
    oblige("finance")
    assert client.post(url, {"password": PASSWORD}).headers["Location"] == reverse("profile")
    assert second_factor.is_set_up(finance) is True
    RolePolicy.objects.update(second_factor_required=False)
    client.post(url, {"password": PASSWORD})
    assert second_factor.is_set_up(finance) is False
    assert client.get(reverse("profile")).status_code == 200


def test_an_administrator_helps_who_lost_the_phone(
    client: Client, administrator: User, hr: User, teacher: User
) -> None:
    set_up(teacher)
    url = reverse("account_second_factor_remove", args=[teacher.pk])
    client.force_login(hr)
    assert client.post(url).status_code == 403
    client.force_login(administrator)
    assert client.get(url).status_code == 200
    client.post(url)
    assert second_factor.is_set_up(teacher) is False
    own = reverse("account_second_factor_remove", args=[administrator.pk])
    assert client.post(own).status_code == 404


def test_the_duty_is_switched_on_the_page_of_roles(client: Client, administrator: User) -> None:
    client.force_login(administrator)
    client.post(reverse("roles"), {"obliged": ["hr", "rector"]})
    obliged = RolePolicy.objects.filter(second_factor_required=True)
    assert set(obliged.values_list("group__name", flat=True)) == {"hr", "rector"}
    policy = obliged.get(group__name="hr")
    assert policy.history.first().history_user == administrator
    client.post(reverse("roles"), {})
    assert obliged.count() == 0


# --- one's settings -------------------------------------------------------------------------------
def test_the_language_stays_with_the_account(client: Client, teacher: User) -> None:
    client.force_login(teacher)
    wanted = reverse("profile")
    response = client.post(reverse("set_language"), {"language": "ru", "next": wanted})
    assert response.headers["Location"] == wanted
    assert User.objects.get(pk=teacher.pk).language == "ru"
    elsewhere = Client()
    elsewhere.force_login(teacher)
    assert '<html lang="ru">' in elsewhere.get(wanted).content.decode()


def test_the_language_is_kept_before_signing_in(client: Client) -> None:
    assert '<html lang="kk">' in client.get("/login/").content.decode()
    client.post(reverse("set_language"), {"language": "en", "next": "/login/"})
    assert '<html lang="en">' in client.get("/login/").content.decode()


@pytest.mark.parametrize("data", [{"language": "xx"}, {}, {"next": "//elsewhere.example"}])
def test_an_unknown_language_or_address_changes_nothing(
    client: Client, teacher: User, data: dict[str, str]
) -> None:
    client.force_login(teacher)
    response = client.post(reverse("set_language"), data)
    assert response.headers["Location"] == "/"
    assert User.objects.get(pk=teacher.pk).language == "en"


def test_another_email_asks_for_the_password(client: Client, teacher: User) -> None:
    client.force_login(teacher)
    url = reverse("profile")
    values = {"language": "en", "email": "new@example.kz"}
    refused = client.post(url, values)
    assert list(refused.context["form"].errors) == ["password"]
    assert 'value="new@example.kz"' in refused.content.decode()
    client.post(url, values | {"password": PASSWORD})
    assert User.objects.get(pk=teacher.pk).email == "new@example.kz"
    client.post(url, values | {"language": "kk"})  # the language alone asks for nothing
    assert User.objects.get(pk=teacher.pk).language == "kk"


def test_lists_cost_the_same_however_long_they_are(
    client: Client, hr: User, units: Any, django_assert_max_num_queries: Any
) -> None:
    client.force_login(hr)
    client.get(reverse("profile"))  # the first page of a session asks for the second factor's duty
    for _more in range(2):
        for _person in range(3):
            person = PersonFactory(with_email=True)
            PostFactory(person=person, unit=units.department)
            UserFactory(person=person, roles=["legal"])
            PostFactory(person=PersonFactory(with_email=True), unit=units.department)
        for url in ("accounts", "invite"):
            with django_assert_max_num_queries(15):
                client.get(reverse(url))
