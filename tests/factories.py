"""Things of the registry, the ledger and the planning year for tests; traits tell the rest."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from staff.domain.iin import check_digit_of
from staff.models import (
    Area,
    DeadlineExtension,
    Person,
    Post,
    Provider,
    Role,
    TrainingRecord,
    TrainingRequirement,
    Unit,
    User,
)
from training_plans.models import (
    Course,
    Event,
    Funding,
    Participant,
    Plan,
    PlanLine,
    PlanningYear,
    Precision,
    Request,
    RequestLine,
)

PASSWORD = "correct horse"

_LAST_NAMES = ["Әлиева", "Бекова", "Ғалиева", "Досова", "Қасымова", "Нұрланова", "Өмірова"]
_FIRST_NAMES = ["Айгүл", "Бақыт", "Гүлнар", "Динара", "Қарлығаш", "Мәдина", "Үміт"]


def made_iin(number: int) -> str:
    """A valid IIN no living person has: born in the 1800s, 7th digit 2 (law.md §7)."""
    day, serial = 1 + number // 5_000 % 28, number % 5_000
    first_eleven = f"9001{day:02d}2{serial:04d}"
    last = check_digit_of(first_eleven)
    if last is None:  # about one number in a hundred and twenty is not issued
        first_eleven = f"9001{day:02d}2{serial + 5_000:04d}"
        last = check_digit_of(first_eleven)
    if last is None:
        first_eleven = f"9002{day:02d}2{serial:04d}"
        last = check_digit_of(first_eleven)
    return f"{first_eleven}{last}"


class UnitFactory(DjangoModelFactory):
    """A department, unless a trait says otherwise."""

    class Meta:
        model = Unit
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"T-{n:03d}")
    kind = Unit.Kind.DEPARTMENT
    name_kk = factory.Sequence(lambda n: f"№ {n} кафедра")
    name_ru = factory.LazyAttribute(lambda unit: f"{unit.name_kk} (ру)")
    name_en = factory.LazyAttribute(lambda unit: f"{unit.name_kk} (en)")

    class Params:
        academy = factory.Trait(kind=Unit.Kind.ACADEMY, name_kk="Академия")
        faculty = factory.Trait(
            kind=Unit.Kind.FACULTY, name_kk=factory.Sequence(lambda n: f"№ {n} факультет")
        )
        directorate = factory.Trait(
            kind=Unit.Kind.DIRECTORATE, name_kk=factory.Sequence(lambda n: f"№ {n} басқарма")
        )
        division = factory.Trait(
            kind=Unit.Kind.DIVISION, name_kk=factory.Sequence(lambda n: f"№ {n} бөлім")
        )
        college = factory.Trait(kind=Unit.Kind.COLLEGE, name_kk="Медицина колледжі")
        closed = factory.Trait(closed_on=dt.date(2025, 8, 31))


class PersonFactory(DjangoModelFactory):
    """Somebody hired on 1 September 2020, without a post."""

    class Meta:
        model = Person

    personnel_number = factory.Sequence(lambda n: f"{5000 + n}")
    iin = factory.Sequence(lambda n: made_iin(50_000 + n))
    last_name = factory.Iterator(_LAST_NAMES)
    first_name = factory.Iterator(_FIRST_NAMES)
    patronymic = "Серікқызы"
    hired_on = dt.date(2020, 9, 1)

    class Params:
        with_email = factory.Trait(
            email=factory.LazyAttribute(lambda person: f"{person.personnel_number}@example.kz")
        )
        no_patronymic = factory.Trait(patronymic="")
        left = factory.Trait(left_on=dt.date(2026, 6, 30))


class PostFactory(DjangoModelFactory):
    """A university teacher since 1 September 2020, unless a trait says otherwise."""

    class Meta:
        model = Post

    person = factory.SubFactory(PersonFactory)
    unit = factory.SubFactory(UnitFactory)
    position = "Доцент"
    category = Post.Category.UNIVERSITY_TEACHER
    starts_on = dt.date(2020, 9, 1)

    class Params:
        college_teacher = factory.Trait(
            category=Post.Category.COLLEGE_TEACHER, position="Колледж оқытушысы"
        )
        administrative = factory.Trait(category=Post.Category.ADMINISTRATIVE, position="Бас маман")
        leader = factory.Trait(
            category=Post.Category.ADMINISTRATIVE, position="Басқарма басшысы", is_leader=True
        )
        researcher = factory.Trait(category=Post.Category.RESEARCHER, position="Ғылыми қызметкер")
        second = factory.Trait(kind=Post.Kind.SECOND, share=Decimal("0.50"))
        new = factory.Trait(starts_on=dt.date(2026, 9, 1))
        ended = factory.Trait(ends_on=dt.date(2026, 6, 30))
        future = factory.Trait(starts_on=dt.date(2027, 1, 11))


class ProviderFactory(DjangoModelFactory):
    class Meta:
        model = Provider
        django_get_or_create = ("search_key",)

    name = "Астана медицина университеті"
    kind = Provider.Kind.UNIVERSITY
    country = "Қазақстан"

    @classmethod
    def _get_or_create(cls, model_class: type[Provider], *_args: Any, **values: Any) -> Provider:
        values.pop("search_key", None)
        found = model_class.objects.filter(name=values["name"]).first()
        return found or model_class.objects.create(**values)


class TrainingRecordFactory(DjangoModelFactory):
    """A verified course of 72 hours by the profile that ended on 30 June 2026."""

    class Meta:
        model = TrainingRecord

    person = factory.SubFactory(PersonFactory)
    title = factory.Sequence(lambda n: f"Клиникалық ойлау {n}")
    form = TrainingRecord.Form.COURSE
    area = Area.PROFILE
    hours = Decimal(72)
    ends_on = dt.date(2026, 6, 30)
    starts_on = factory.LazyAttribute(lambda record: record.ends_on - dt.timedelta(days=11))
    provider = factory.SubFactory(ProviderFactory)
    mode = TrainingRecord.Mode.ON_SITE
    document_number = factory.Sequence(lambda n: f"№ {n:05d}")
    source = TrainingRecord.Source.HR
    state = TrainingRecord.State.VERIFIED

    class Params:
        internship = factory.Trait(form=TrainingRecord.Form.INTERNSHIP)
        management = factory.Trait(area=Area.MANAGEMENT, title="Денсаулық сақтау менеджменті")
        digital = factory.Trait(area=Area.DIGITAL, title="Цифрлық құралдар")
        short = factory.Trait(hours=Decimal(36))
        old = factory.Trait(ends_on=dt.date(2021, 3, 31))
        expiring = factory.Trait(ends_on=dt.date(2024, 1, 31))
        pending = factory.Trait(
            state=TrainingRecord.State.PENDING, source=TrainingRecord.Source.EMPLOYEE
        )
        revoked = factory.Trait(state=TrainingRecord.State.REVOKED, state_reason="Құжат расталмады")


class DeadlineExtensionFactory(DjangoModelFactory):
    """A parental leave of the whole year 2025."""

    class Meta:
        model = DeadlineExtension

    person = factory.SubFactory(PersonFactory)
    reason = DeadlineExtension.Reason.PARENTAL
    starts_on = dt.date(2025, 1, 1)
    ends_on = dt.date(2025, 12, 31)
    basis = "№ 17-ж/қ бұйрық, 25.12.2024"

    class Params:
        running = factory.Trait(
            starts_on=dt.date(2026, 9, 1),
            ends_on=dt.date(2027, 8, 31),
        )
        study = factory.Trait(reason=DeadlineExtension.Reason.STUDY)


class TrainingRequirementFactory(DjangoModelFactory):
    """A further version of ``university_teacher``; the first four come with ``migrate``."""

    class Meta:
        model = TrainingRequirement

    code = TrainingRequirement.Code.UNIVERSITY_TEACHER
    name_kk = "Норма"
    name_ru = "Норматив"
    name_en = "Norm"
    clause = "4.3"
    categories = factory.LazyFunction(lambda: ["university_teacher"])
    months = 36
    hours = 72
    areas = factory.LazyFunction(lambda: ["profile"])
    basis = "Ғылыми кеңес, № 3 хаттама"


class UserFactory(DjangoModelFactory):
    """An account in English without roles and without a person; the password is ``PASSWORD``."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.kz")
    language = User.Language.ENGLISH

    class Params:
        employed = factory.Trait(person=factory.SubFactory(PersonFactory))
        inactive = factory.Trait(is_active=False)

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **values: Any) -> User:
        values.setdefault("password", PASSWORD)
        return model_class.objects.create_user(*args, **values)

    @factory.post_generation
    def roles(self: User, create: bool, given: list[str] | None, **_more: Any) -> None:
        """``UserFactory(roles=[Role.HR])``."""
        if create and given:
            self.groups.set(Group.objects.filter(name__in=[Role(name).value for name in given]))
            self.__dict__.pop("roles", None)


# --- the planning year ------------------------------------------------------------------------
class PlanningYearFactory(DjangoModelFactory):
    """2027, opened by the Centre on 1 October 2026."""

    class Meta:
        model = PlanningYear
        django_get_or_create = ("year",)

    year = 2027
    requests_due = factory.LazyAttribute(lambda year: dt.date(year.year - 1, 11, 15))
    plan_due = factory.LazyAttribute(lambda year: dt.date(year.year - 1, 12, 1))
    opened_on = factory.LazyAttribute(lambda year: dt.date(year.year - 1, 10, 1))
    opened_by = factory.SubFactory(UserFactory)


class CourseFactory(DjangoModelFactory):
    class Meta:
        model = Course

    title = factory.Sequence(lambda n: f"Дәлелді медицина негіздері {n}")
    provider = factory.SubFactory(ProviderFactory)
    area = Area.PROFILE
    hours = Decimal(72)
    mode = TrainingRecord.Mode.ON_SITE
    price = Decimal(60_000)


class _TermsFactory(DjangoModelFactory):
    """A course of 72 hours by the profile in March 2027, paid by the employer."""

    class Meta:
        abstract = True

    topic = factory.Sequence(lambda n: f"Клиникалық хаттамалар {n}")
    area = Area.PROFILE
    provider = factory.SubFactory(ProviderFactory)
    mode = TrainingRecord.Mode.ON_SITE
    precision = Precision.MONTH
    starts_on = dt.date(2027, 3, 1)
    ends_on = dt.date(2027, 3, 31)
    hours = Decimal(72)
    funding = Funding.EMPLOYER
    cost = Decimal(60_000)


class RequestFactory(DjangoModelFactory):
    class Meta:
        model = Request

    planning_year = factory.SubFactory(PlanningYearFactory)
    unit = factory.SubFactory(UnitFactory)


class RequestLineFactory(_TermsFactory):
    class Meta:
        model = RequestLine

    request = factory.SubFactory(RequestFactory)
    post = factory.SubFactory(PostFactory)
    person = factory.LazyAttribute(lambda line: line.post.person)


class PlanFactory(DjangoModelFactory):
    class Meta:
        model = Plan

    planning_year = factory.SubFactory(PlanningYearFactory)


class PlanLineFactory(_TermsFactory):
    class Meta:
        model = PlanLine

    plan = factory.SubFactory(PlanFactory)
    post = factory.SubFactory(PostFactory)
    person = factory.LazyAttribute(lambda line: line.post.person)
    unit = factory.LazyAttribute(lambda line: line.post.unit)


class EventFactory(DjangoModelFactory):
    """An own course of the academy that ended on 13 November 2026."""

    class Meta:
        model = Event

    course = factory.SubFactory(
        CourseFactory, provider__name="ОҚМА", provider__kind=Provider.Kind.ACADEMY
    )
    starts_on = dt.date(2026, 11, 2)
    ends_on = dt.date(2026, 11, 13)


class ParticipantFactory(DjangoModelFactory):
    class Meta:
        model = Participant

    event = factory.SubFactory(EventFactory)
    person = factory.SubFactory(PersonFactory)
