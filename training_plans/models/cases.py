"""The case file of one training of one person: from the wish to the verified hours (7.1, 7.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from interface.text import search_key, search_words
from staff.models import Person, Post, Role, Unit
from workflow.calendar import today
from workflow.models import Decision, StoredFile, Substitution

from .plans import AmendmentItem, PlanLine
from .requests import TEACHERS
from .terms import Funding, Terms

SEES_ALL_CASES = (Role.FINANCE, Role.INTERNATIONAL, Role.LEGAL)


def sees_all_cases(user: Any) -> bool:
    """Who watches the whole academy, and the offices that a case passes through (8.1)."""
    return bool(user.sees_everybody or user.has_role(*SEES_ALL_CASES))


class CaseRules(models.Model):
    """The terms of the case that the academy sets itself (readings); one row, with history.

    All are calendar days unless named otherwise.
    """

    apply_days = models.PositiveSmallIntegerField(_("apply before the start, days"), default=20)
    abroad_days = models.PositiveSmallIntegerField(
        _("apply before an internship abroad, days"), default=30
    )
    documents_days = models.PositiveSmallIntegerField(_("documents after the end, days"), default=5)
    step_days = models.PositiveSmallIntegerField(_("target time of a visa, days"), default=2)
    head_told_after = models.PositiveSmallIntegerField(
        _("head is told of missing documents after, days"), default=1
    )
    hr_told_after = models.PositiveSmallIntegerField(
        _("HR is told of missing documents after, days"), default=5
    )
    obligation_months = models.PositiveSmallIntegerField(
        _("obligation to work on after training, months"), default=12
    )
    refund_days = models.PositiveSmallIntegerField(_("refund is paid within, days"), default=30)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("terms of cases")
        verbose_name_plural = _("terms of cases")

    def __str__(self) -> str:
        return str(_("terms of cases"))

    @classmethod
    def in_force(cls) -> CaseRules:
        """The row; those of the regulation and the readings where nothing was set yet."""
        return cls.objects.first() or cls()


class PersonalDataConsent(models.Model):
    """The employee agrees to the collection and use of personal data, once a text (law.md §4)."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="consents", verbose_name=_("employee")
    )
    text_version = models.PositiveSmallIntegerField(_("edition of the text"), default=1)
    given_on = models.DateField(_("given on"))
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("personal-data consent")
        verbose_name_plural = _("personal-data consents")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "text_version"],
                condition=Q(withdrawn_on__isnull=True),
                name="consent_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.given_on:%d.%m.%Y}"


class ApplicationGroup(models.Model):
    """Several people applied for together for one course; each has an own case."""

    name = models.CharField(_("group"), max_length=300)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    filed_on = models.DateField(_("filed on"))

    class Meta:
        verbose_name = _("group application")
        verbose_name_plural = _("group applications")

    def __str__(self) -> str:
        return self.name


class ApplicationQuerySet(models.QuerySet["TrainingApplication"]):
    def visible_to(self, user: Any) -> ApplicationQuerySet:
        """One's own; those of units in charge of; everybody's for the offices of the route.

        What was never sent is its maker's and the employee's alone, even withdrawn, unless the
        Centre was asked to admit it. (The number is given with the first sending.)
        """
        own = Q(person_id=user.person_id) if user.person_id else Q(pk__in=[])
        mine = own | Q(filed_by=user)
        handed_in = Q(number__isnull=False) | Q(late_asked_on__isnull=False)
        if sees_all_cases(user):
            return self.filter(mine | handed_in)
        units = Unit.objects.in_charge_of(user)
        in_charge = Q(unit__in=units) | Q(steps__unit__in=units)
        waits_for_me = RouteStep.objects.awaiting(user, today()).values("application")
        found = self.filter(mine | (handed_in & in_charge) | Q(pk__in=waits_for_me))
        return self.filter(pk__in=found.values("pk"))

    def open(self) -> ApplicationQuerySet:
        """Still on the way: neither ended nor refused."""
        return self.filter(state__in=TrainingApplication.OPEN)

    def in_training(self, on: dt.date) -> ApplicationQuerySet:
        return self.filter(
            state=TrainingApplication.State.ORDERED, starts_on__lte=on, ends_on__gte=on
        )

    def documents_late(self, on: dt.date) -> ApplicationQuerySet:
        """Ended, the term of 7.2 is over, and something was not handed in.

        An interrupted training owes nothing yet: its order is changed first.
        """
        return self.filter(
            state=TrainingApplication.State.ORDERED,
            interrupted_on__isnull=True,
            documents_due_on__lt=on,
        )

    def matching(self, text: str) -> ApplicationQuerySet:
        """Found by employee, unit, provider, topic or number."""
        found = self
        for word in search_words(text):
            found = found.filter(
                Q(person__search_key__contains=word)
                | Q(unit__search_key__contains=word)
                | Q(provider__search_key__contains=word)
                | Q(search_key__contains=word)
            )
        return found


class TrainingApplication(Terms):
    """One case (architecture, «One case, both kinds»). The terms are days, hours and one provider.

    ``cost`` is the sum of the four kinds of cost. ``number`` counts in the register of ``year``.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("being agreed")
        RETURNED = "returned", _("returned")
        ENDORSED = "endorsed", _("before the rector")
        APPROVED = "approved", _("the rector has signed")
        REJECTED = "rejected", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        CANCELLED = "cancelled", _("cancelled")
        ORDERED = "ordered", _("ordered")
        DOCUMENTS_SUBMITTED = "documents_submitted", _("documents handed in")
        ACCEPTED = "accepted", _("documents accepted")
        CLOSED = "closed", _("closed")

    EDITABLE = ("draft", "returned")
    BEFORE_ORDER = ("draft", "returned", "submitted", "endorsed", "approved")
    ON_THE_ROUTE = ("submitted", "endorsed")
    AFTER_ORDER = ("ordered", "documents_submitted", "accepted", "closed")
    OPEN = (*BEFORE_ORDER, "ordered", "documents_submitted", "accepted")

    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"), null=True, editable=False)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="applications", verbose_name=_("employee")
    )
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="+", verbose_name=_("post")
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="applications", verbose_name=_("unit")
    )
    plan_line = models.ForeignKey(
        PlanLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name=_("line of the plan"),
    )
    amendment_item = models.OneToOneField(
        AmendmentItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="application",
        verbose_name=_("change of the plan"),
    )
    group = models.ForeignKey(
        ApplicationGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name=_("group application"),
    )
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    applied_on = models.DateField(_("applied on"), null=True, blank=True)
    apply_by = models.DateField(_("last day to apply"), null=True, blank=True)

    cost_tuition = models.DecimalField(
        _("tuition, tenge"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )
    cost_travel = models.DecimalField(
        _("travel, tenge"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )
    cost_lodging = models.DecimalField(
        _("lodging, tenge"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )
    cost_daily = models.DecimalField(
        _("daily allowance, tenge"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )
    replaced_by = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who stands in for the lessons or duties"),
    )
    replaced_how = models.CharField(_("how the duties are covered"), max_length=300, blank=True)
    unplanned_because = models.CharField(_("why it is not in the plan"), max_length=500, blank=True)

    is_late = models.BooleanField(_("applied late"), default=False)
    late_reason = models.CharField(_("why so late"), max_length=500, blank=True)
    late_asked_on = models.DateField(_("admission asked for on"), null=True, blank=True)
    late_admitted_on = models.DateField(_("admitted on"), null=True, blank=True)
    late_admitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    late_admitted_because = models.CharField(_("why admitted"), max_length=500, blank=True)

    interrupted_on = models.DateField(_("interrupted on"), null=True, blank=True)
    interrupted_because = models.CharField(_("why interrupted"), max_length=500, blank=True)

    documents_due_on = models.DateField(_("documents due on"), null=True, blank=True)
    documents_sent_on = models.DateField(_("documents handed in on"), null=True, blank=True)
    documents_late_days = models.PositiveSmallIntegerField(_("days late"), default=0)
    documents_late_because = models.CharField(_("why late"), max_length=500, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    search_key = models.CharField(max_length=400, editable=False, default="")

    history = HistoricalRecords(excluded_fields=["search_key"])
    objects = ApplicationQuerySet.as_manager()

    class Meta(Terms.Meta):
        ordering = ["-pk"]
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        constraints = [
            *Terms.Meta.constraints,
            models.UniqueConstraint(
                fields=["year", "number"],
                condition=Q(number__isnull=False),
                name="application_number_once",
            ),
            models.UniqueConstraint(
                fields=["plan_line"],
                condition=Q(
                    state__in=[
                        "draft",
                        "submitted",
                        "returned",
                        "endorsed",
                        "approved",
                        "ordered",
                        "documents_submitted",
                        "accepted",
                        "closed",
                    ]
                ),
                name="one_case_a_line",
                violation_error_message=_(
                    "There is an application for this line of the plan already."
                ),
            ),
            models.CheckConstraint(
                condition=Q(cost_tuition__gte=0)
                & Q(cost_travel__gte=0)
                & Q(cost_lodging__gte=0)
                & Q(cost_daily__gte=0),
                name="application_costs_not_negative",
                violation_error_message=_("Money cannot be negative. 0 is free."),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="application_state"),
            models.Index(fields=["person", "starts_on", "ends_on"], name="application_days"),
            models.Index(fields=["documents_due_on"], name="application_documents"),
        ]

    def __str__(self) -> str:
        return self.number_text or self.topic

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.cost = sum(self.costs.values(), Decimal(0))
        self.search_key = search_key(self.number_text, self.topic)[:400]
        super().save(*args, **kwargs)

    @property
    def number_text(self) -> str:
        """«2026-0143»; empty before it was sent the first time."""
        return f"{self.year}-{self.number:04d}" if self.number else ""

    @property
    def costs(self) -> dict[str, Decimal]:
        """Tenge by kind of cost, as the order and the contract name them (forms.md §1.3)."""
        return {name: getattr(self, name) for name in COSTS}

    @property
    def wants_contract(self) -> bool:
        """Clause 3.8: wherever the employer pays anything (readings, «Contract»)."""
        return self.funding == Funding.EMPLOYER and bool(self.cost)

    @property
    def is_internship(self) -> bool:
        return self.form == "internship"

    @property
    def is_teacher(self) -> bool:
        return self.post.category in TEACHERS

    @property
    def can_be_edited(self) -> bool:
        return self.state in self.EDITABLE

    @property
    def is_unplanned(self) -> bool:
        return self.plan_line is None or self.plan_line.is_unplanned


COSTS = ("cost_tuition", "cost_travel", "cost_lodging", "cost_daily")


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def standing(self) -> AttachmentQuerySet:
        return self.filter(withdrawn=False)


class Attachment(models.Model):
    """A paper that came with the case. Withdrawn ones stay, out of sight."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        PROGRAMME = "programme", _("programme")
        LATE = "late", _("paper of a late admission")
        INTERRUPTION = "interruption", _("paper of an interruption")
        OTHER = "other", _("another paper")

    application = models.ForeignKey(
        TrainingApplication,
        on_delete=models.PROTECT,
        related_name="attachments",
        verbose_name=_("application"),
    )
    kind = models.CharField(_("kind of paper"), max_length=12, choices=Kind)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("file")
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    added_on = models.DateField(_("added on"))
    withdrawn = models.BooleanField(_("withdrawn"), default=False)

    history = HistoricalRecords()
    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}"

    def may_be_read_by(self, user: Any) -> bool:
        """Of those who may see the case; a sick note is for HR and the Centre alone (law.md §4)."""
        if self.kind != self.Kind.INTERRUPTION or self.added_by_id == user.pk:
            return True
        is_mine = user.person_id is not None and self.application.person_id == user.person_id
        return is_mine or bool(user.has_role(Role.HR, Role.TRAINING_CENTRE))


@dataclass(frozen=True, slots=True)
class Capacity:
    """As what an account decides steps: by a role, or as head or vice-rector of some units.

    ``on_behalf_of``: the account of whom a substitute signs for; ``None`` in one's own right.
    """

    kind: str
    units: frozenset[int] | None = None
    on_behalf_of: Any = None

    def covers(self, step: RouteStep) -> bool:
        return step.kind == self.kind and (self.units is None or step.unit_id in self.units)

    @property
    def never_about(self) -> int | None:
        """The person a substitute does not decide about: whom they stand in for.

        But for the rector, whose own case has nobody else: who acts as rector signs it.
        """
        if self.on_behalf_of is None or self.kind == RouteStep.Kind.RECTOR:
            return None
        found: int | None = self.on_behalf_of.person_id
        return found


def capacities_of(user: Any, on: dt.date) -> list[Capacity]:
    """Everything ``user`` may sign as on that day: own right first, then for whom they stand in."""
    if not user.is_active:
        return []
    found = _own_capacities(user)
    running = Substitution.objects.running(on).filter(substitute=user, absent__is_active=True)
    for row in running.select_related("absent__person"):
        found += [
            replace(capacity, on_behalf_of=row.absent)
            for capacity in _own_capacities(row.absent)
            if row.covers(capacity.kind)
        ]
    return found


def _own_capacities(user: Any) -> list[Capacity]:
    found = [Capacity(kind.value) for kind, role in ROLE_OF_STEP.items() if user.has_role(role)]
    if user.person_id is None:
        return found
    named = Unit.objects.headed_by(user.person_id) | Unit.objects.supervised_by(user.person_id)
    rows = list(named.values_list("pk", "head_id", "supervising_vice_rector_id"))
    for kind, units in (
        (RouteStep.Kind.HEAD, {pk for pk, head, _vice in rows if head == user.person_id}),
        (RouteStep.Kind.VICE_RECTOR, {pk for pk, _head, vice in rows if vice == user.person_id}),
    ):
        if units:
            found.append(Capacity(kind.value, frozenset(units)))
    return found


class RouteStepQuerySet(models.QuerySet["RouteStep"]):
    def waiting(self) -> RouteStepQuerySet:
        return self.filter(state=RouteStep.State.WAITING)

    def awaiting(
        self, user: Any, on: dt.date, *, capacities: Iterable[Capacity] | None = None
    ) -> RouteStepQuerySet:
        """Steps ``user`` may decide now, also for whom they stand in; never about themselves.

        ``capacities``: those of the account, where the caller has them already.
        """
        condition = Q(pk__in=[])
        for capacity in capacities_of(user, on) if capacities is None else capacities:
            own = Q(kind=capacity.kind)
            if capacity.units is not None:
                own &= Q(unit__in=capacity.units)
            if about := capacity.never_about:
                own &= ~Q(application__person=about)
            condition |= own
        found = self.waiting().filter(condition)
        return found.exclude(application__person=user.person_id) if user.person_id else found


class RouteStep(models.Model):
    """One visa of the route (forms.md §6). Only steps that apply are made; old rounds stay.

    ``unit``: whose head, or whose supervising vice-rector, decides; the others are decided by a
    role. ``decision`` says who, when, for whom and why.
    """

    class Kind(models.TextChoices):
        HEAD = "head", _("head of unit")
        CENTRE = "centre", _("training centre")
        FINANCE = "finance", _("finance")
        INTERNATIONAL = "international", _("international office")
        VICE_RECTOR = "vice_rector", _("supervising vice-rector")
        RECTOR = "rector", _("rector")

    class State(models.TextChoices):
        AHEAD = "ahead", _("to come")
        WAITING = "waiting", _("waiting")
        AGREED = "agreed", _("agreed")
        RETURNED = "returned", _("returned")
        REFUSED = "refused", _("refused")
        DROPPED = "dropped", _("no longer needed")

    application = models.ForeignKey(
        TrainingApplication,
        on_delete=models.PROTECT,
        related_name="steps",
        verbose_name=_("application"),
    )
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    place = models.PositiveSmallIntegerField(_("place on the route"))
    kind = models.CharField(_("step"), max_length=14, choices=Kind)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.AHEAD)
    waiting_since = models.DateField(_("waiting since"), null=True, blank=True)
    due_on = models.DateField(_("target day"), null=True, blank=True)
    decision = models.OneToOneField(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = RouteStepQuerySet.as_manager()

    class Meta:
        ordering = ["application", "round", "place"]
        verbose_name = _("step of the route")
        verbose_name_plural = _("steps of the route")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "round", "place"], name="one_step_a_place"
            ),
            models.UniqueConstraint(
                fields=["application"], condition=Q(state="waiting"), name="one_step_waits"
            ),
        ]
        indexes = [models.Index(fields=["state", "kind", "unit"], name="step_queue")]

    def __str__(self) -> str:
        return self.get_kind_display()


# Which role decides a step; head and vice-rector are facts of the registry (idea 2).
ROLE_OF_STEP = {
    RouteStep.Kind.CENTRE: Role.TRAINING_CENTRE,
    RouteStep.Kind.FINANCE: Role.FINANCE,
    RouteStep.Kind.INTERNATIONAL: Role.INTERNATIONAL,
    RouteStep.Kind.RECTOR: Role.RECTOR,
}
