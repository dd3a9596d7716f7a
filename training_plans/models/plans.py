"""The annual plan, its versions and amendments (clauses 3.12, 5.5; forms.md §4)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from interface.text import search_key, search_words
from staff.models import Person, Post, TrainingRecord, TrainingRequirement, Unit
from workflow.models import IssuedPaper, StoredFile

from .requests import TEACHERS, RequestLine, sees_all_planning
from .terms import Terms
from .years import PlanningYear


class PlanQuerySet(models.QuerySet["Plan"]):
    def awaiting_decision(self, approver: str = "") -> PlanQuerySet:
        """One row for the plan, or each amendment of it, that lies before who approves."""
        waiting = self.filter(
            Q(state=Plan.State.IN_AGREEMENT) | Q(amendments__state=Amendment.State.IN_AGREEMENT)
        )
        return waiting.filter(planning_year__approver=approver) if approver else waiting


class Plan(models.Model):
    """The plan of one year. ``version`` is the number of the version in force, 0 before any."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_AGREEMENT = "in_agreement", _("submitted for approval")
        APPROVED = "approved", _("approved")
        CLOSED = "closed", _("closed")

    planning_year = models.OneToOneField(
        PlanningYear, on_delete=models.PROTECT, related_name="plan", verbose_name=_("planning year")
    )
    state = models.CharField(_("state"), max_length=14, choices=State, default=State.DRAFT)
    version = models.PositiveSmallIntegerField(_("version"), default=0)

    history = HistoricalRecords()
    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("annual plan")
        verbose_name_plural = _("annual plans")

    def __str__(self) -> str:
        return str(self.planning_year)

    @property
    def can_be_built(self) -> bool:
        """Before the first approval lines are changed directly, afterwards by amendments only."""
        return self.state == self.State.DRAFT


class PlanGroup(models.Model):
    """Lines on one topic merged into one course; the terms themselves stand on the lines."""

    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, related_name="groups", verbose_name=_("annual plan")
    )
    name = models.CharField(_("group"), max_length=300)

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("group course")
        verbose_name_plural = _("group courses")

    def __str__(self) -> str:
        return self.name


class PlanLineQuerySet(models.QuerySet["PlanLine"]):
    def planned(self) -> PlanLineQuerySet:
        """Lines that stand in the plan: neither taken out nor waiting in an amendment."""
        return self.filter(taken_out=False)

    def visible_to(self, user: Any) -> PlanLineQuerySet:
        """Everybody's for who sees all planning; else one's own and one's units'."""
        if sees_all_planning(user):
            return self
        own = Q(person_id=user.person_id) if user.person_id else Q(pk__in=[])
        return self.filter(own | Q(unit__in=Unit.objects.in_charge_of(user)))

    def matching(self, text: str) -> PlanLineQuerySet:
        """Found by employee, unit, provider or topic, whatever keyboard it was typed with.

        Topics have no key of their own: they are a few hundred at most and compared here.
        """
        topics = self.order_by().values_list("topic", flat=True).distinct()
        keys = {topic: search_key(topic) for topic in topics}
        found = self
        for word in search_words(text):
            found = found.filter(
                Q(person__search_key__contains=word)
                | Q(unit__search_key__contains=word)
                | Q(provider__search_key__contains=word)
                | Q(topic__in=[topic for topic, key in keys.items() if word in key])
            )
        return found


class PlanLine(Terms):
    """One person's training in the plan, with the post and the norm as they were then."""

    class Execution(models.TextChoices):
        NOT_BEGUN = "not_begun", _("not begun")
        APPLIED = "applied", _("applied for")
        ORDERED = "ordered", _("ordered")
        IN_TRAINING = "in_training", _("in training")
        DOCUMENTS_DUE = "documents_due", _("documents due")
        DONE = "done", _("done")
        POSTPONED = "postponed", _("postponed")
        NOT_HELD = "not_held", _("not held")

    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, related_name="lines", verbose_name=_("annual plan")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="plan_lines", verbose_name=_("employee")
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="plan_lines", verbose_name=_("unit")
    )
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="+", verbose_name=_("post")
    )
    requirement = models.ForeignKey(
        TrainingRequirement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requirement"),
    )
    due_on = models.DateField(_("due by the norm"), null=True, blank=True)
    missing_hours = models.DecimalField(
        _("missing hours"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    request_line = models.OneToOneField(
        RequestLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="plan_line",
        verbose_name=_("basis (request)"),
    )
    added_because = models.CharField(_("why added"), max_length=300, blank=True)
    group = models.ForeignKey(
        PlanGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lines",
        verbose_name=_("group course"),
    )
    taken_out = models.BooleanField(_("taken out"), default=False)
    taken_out_because = models.CharField(_("why taken out"), max_length=300, blank=True)
    since_version = models.PositiveSmallIntegerField(_("in the plan since version"), default=1)
    execution = models.CharField(
        _("execution"), max_length=14, choices=Execution, default=Execution.NOT_BEGUN
    )
    record = models.ForeignKey(
        TrainingRecord,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="plan_lines",
        verbose_name=_("training record"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    history = HistoricalRecords()
    objects = PlanLineQuerySet.as_manager()

    class Meta(Terms.Meta):
        ordering = ["pk"]
        verbose_name = _("line of the plan")
        verbose_name_plural = _("lines of the plan")
        constraints = [
            *Terms.Meta.constraints,
            models.CheckConstraint(
                condition=Q(taken_out=False) | ~Q(taken_out_because=""),
                name="taken_out_with_reason",
                violation_error_message=_("Say why the line is taken out."),
            ),
        ]
        indexes = [models.Index(fields=["plan", "taken_out"])]

    def __str__(self) -> str:
        return f"{self.person_id} {self.topic}"

    @property
    def is_teacher(self) -> bool:
        """Clause 5.3: their terms are agreed with the Centre; the head alone sets others'."""
        return self.post.category in TEACHERS

    @property
    def is_unplanned(self) -> bool:
        """It came in by an amendment (contracts, «Terms used in reports»)."""
        return self.since_version > 1


class Amendment(models.Model):
    """Changes to an approved plan for production necessity; approved, they make a version (5.5)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_AGREEMENT = "in_agreement", _("submitted for approval")
        APPROVED = "approved", _("approved")
        WITHDRAWN = "withdrawn", _("withdrawn")

    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, related_name="amendments", verbose_name=_("annual plan")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=14, choices=State, default=State.DRAFT)
    remark = models.TextField(_("remark"), blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["plan", "number"]
        verbose_name = _("amendment of the plan")
        verbose_name_plural = _("amendments of the plan")
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="amendment_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.number}"


class AmendmentItemQuerySet(models.QuerySet["AmendmentItem"]):
    def standing(self) -> AmendmentItemQuerySet:
        """Those not withdrawn, in the order they were written."""
        return self.filter(withdrawn=False).order_by("pk")

    def visible_to(self, user: Any) -> AmendmentItemQuerySet:
        """As the lines of the plan: everybody's, else one's own and one's units'."""
        if sees_all_planning(user):
            return self
        units = Unit.objects.in_charge_of(user)
        own = Q(person_id=user.person_id) if user.person_id else Q(pk__in=[])
        return self.filter(
            own | Q(post__unit__in=units) | Q(line__in=PlanLine.objects.visible_to(user))
        )

    def with_related(self) -> AmendmentItemQuerySet:
        """With all that is said of a change: who, where, by which paper, before and after."""
        return self.select_related(
            "amendment",
            "person",
            "post__unit",
            "provider",
            "paper",
            "line__person",
            "line__post",
            "line__unit",
            "line__provider",
        )


class AmendmentItem(Terms):
    """One change: what, of which line, why, by which paper. ``line`` is empty for an addition.

    The terms are those the line shall have; of a line taken out they say nothing.
    """

    class Change(models.TextChoices):
        ADD = "add", _("add")
        REPLACE = "replace", _("replace")
        MOVE = "move", _("move to another time")
        TAKE_OUT = "take_out", _("take out")

    amendment = models.ForeignKey(
        Amendment,
        on_delete=models.PROTECT,
        related_name="items",
        verbose_name=_("amendment of the plan"),
    )
    change = models.CharField(_("change"), max_length=8, choices=Change)
    line = models.ForeignKey(
        PlanLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="changes",
        verbose_name=_("line of the plan"),
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("employee")
    )
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="+", verbose_name=_("post")
    )
    because = models.CharField(_("production necessity"), max_length=500)
    paper = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("paper"),
    )
    withdrawn = models.BooleanField(_("withdrawn"), default=False)

    history = HistoricalRecords()
    objects = AmendmentItemQuerySet.as_manager()

    class Meta(Terms.Meta):
        ordering = ["pk"]
        verbose_name = _("change of the plan")
        verbose_name_plural = _("changes of the plan")
        constraints = [
            *Terms.Meta.constraints,
            models.CheckConstraint(
                condition=Q(change="add", line__isnull=True)
                | (~Q(change="add") & Q(line__isnull=False)),
                name="amendment_item_about_a_line",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change} {self.person_id}"


class PlanVersion(models.Model):
    """A version as it was approved: the paper holds its lines, frozen, for ever."""

    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, related_name="versions", verbose_name=_("annual plan")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    amendment = models.OneToOneField(
        Amendment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="version",
        verbose_name=_("amendment of the plan"),
    )
    paper = models.OneToOneField(IssuedPaper, on_delete=models.PROTECT, related_name="+")
    change_sheet = models.OneToOneField(
        IssuedPaper, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_on = models.DateField(_("approved on"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    is_late = models.BooleanField(_("late"), default=False)

    class Meta:
        ordering = ["plan", "-number"]
        verbose_name = _("version of the plan")
        verbose_name_plural = _("versions of the plan")
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"{self.plan} {self.number}"
