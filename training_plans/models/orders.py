"""Orders, and the contracts of training at the employer's expense (clauses 7.1, 3.8)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from staff.models import Person
from workflow.models import IssuedPaper, StoredFile

from .cases import TrainingApplication, sees_all_cases

ORDER_MARK = "БА"
CONTRACT_MARK = "ОШ"


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: Any) -> OrderQuerySet:
        """Drafts: who issues orders; issued ones: also whoever may see one of their cases."""
        if sees_all_cases(user):
            return self
        cases = TrainingApplication.objects.visible_to(user)
        lines = OrderLine.objects.filter(withdrawn=False, application__in=cases)
        return self.exclude(state__in=["draft", "discarded"]).filter(pk__in=lines.values("order"))

    def in_force(self) -> OrderQuerySet:
        return self.filter(state__in=[Order.State.ISSUED, Order.State.CHANGED])


class Order(models.Model):
    """An order to send people, or one that changes or cancels an earlier one (forms.md §7).

    ``number`` counts in the register «order» of ``year``; given when it is issued.
    """

    class Kind(models.TextChoices):
        SEND = "send", _("sending for training")
        CHANGE = "change", _("change of an order")
        CANCEL = "cancel", _("cancellation of an order")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        ISSUED = "issued", _("registered")
        CHANGED = "changed", pgettext_lazy("order", "changed")
        CANCELLED = "cancelled", _("no longer in force")
        DISCARDED = "discarded", _("draft given up")

    kind = models.CharField(_("kind of order"), max_length=8, choices=Kind, default=Kind.SEND)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    year = models.PositiveSmallIntegerField(_("year"), null=True, editable=False)
    number = models.PositiveIntegerField(_("number"), null=True, editable=False)
    issued_on = models.DateField(_("date of the order"), null=True, blank=True)
    refers_to = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        verbose_name=_("order it refers to"),
    )
    because = models.CharField(_("reason"), max_length=500, blank=True)
    control = models.CharField(_("control is laid upon"), max_length=200, blank=True)
    signatory = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who signs"),
    )
    paper = models.OneToOneField(
        IssuedPaper, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    scan = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed scan"),
    )
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    drafted_on = models.DateField(_("drafted on"))

    history = HistoricalRecords()
    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(
                fields=["year", "number"],
                condition=Q(number__isnull=False),
                name="order_number_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="send", refers_to__isnull=True)
                | (~Q(kind="send") & Q(refers_to__isnull=False)),
                name="order_refers_to_the_first",
            ),
        ]

    def __str__(self) -> str:
        return self.number_text or str(self.get_kind_display())

    @property
    def number_text(self) -> str:
        """«12-БА/2026»; empty before it is issued."""
        return f"{self.number}-{ORDER_MARK}/{self.year}" if self.number else ""

    @property
    def is_in_force(self) -> bool:
        return self.state in (self.State.ISSUED, self.State.CHANGED)


class OrderLine(models.Model):
    """One person of an order. In a change order ``starts_on`` to ``hours`` are the new values."""

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="lines", verbose_name=_("order")
    )
    application = models.ForeignKey(
        TrainingApplication,
        on_delete=models.PROTECT,
        related_name="order_lines",
        verbose_name=_("application"),
    )
    starts_on = models.DateField(_("start"))
    ends_on = models.DateField(_("end"))
    hours = models.DecimalField(_("volume, hours"), max_digits=6, decimal_places=1)
    acquainted_on = models.DateField(_("acquainted on"), null=True, blank=True)
    acquainted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn = models.BooleanField(_("taken out of the draft"), default=False)

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("person of the order")
        verbose_name_plural = _("people of the order")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "application"],
                condition=Q(withdrawn=False),
                name="once_in_an_order",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="orderline_ends_after_start",
                violation_error_message=_("The training ends before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.application_id}"


class ContractQuerySet(models.QuerySet["Contract"]):
    def to_do(self) -> ContractQuerySet:
        """The legal queue: to draw up, to sign, refunds due, leavers to be settled (8.1)."""
        waiting = Q(state__in=["draft", "issued", "refund_due"])
        left = Q(state="signed", application__person__left_on__isnull=False) & Q(
            application__person__left_on__lt=F("service_to")
        )
        return self.filter(waiting | left)

    def visible_to(self, user: Any) -> ContractQuerySet:
        """Legal, HR, finance and the Centre see all; the employee and who leads the unit theirs."""
        return self.filter(application__in=TrainingApplication.objects.visible_to(user))


class Contract(models.Model):
    """«Жұмыс берушінің есебінен қызметкерлерді оқыту шарты» (clause 3.8; forms.md §8).

    Money in tenge; ``cost_base`` is the sum of the four kinds. The obligation runs from the day
    after the end of the training (``service_from``) to ``service_to`` inclusive.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("to be drawn up")
        ISSUED = "issued", _("to be signed")
        SIGNED = "signed", _("in force")
        FULFILLED = "fulfilled", _("fulfilled")
        REFUND_DUE = "refund_due", _("refund due")
        TERMINATED = "terminated", _("terminated")
        VOID = "void", _("no longer needed")

    application = models.OneToOneField(
        TrainingApplication,
        on_delete=models.PROTECT,
        related_name="contract",
        verbose_name=_("application"),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    year = models.PositiveSmallIntegerField(_("year"), null=True, editable=False)
    number = models.PositiveIntegerField(_("number"), null=True, editable=False)
    issued_on = models.DateField(_("date of the contract"), null=True, blank=True)
    identity_document = models.CharField(
        _("identity document: number, date, issuer"), max_length=200, blank=True
    )
    address = models.CharField(_("address of the employee"), max_length=300, blank=True)
    signatory = models.CharField(_("who signs for the employer"), max_length=200, blank=True)
    authority = models.CharField(
        _("on what authority (charter, power of attorney)"), max_length=200, blank=True
    )
    cost_tuition = models.DecimalField(
        _("tuition, tenge"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    cost_travel = models.DecimalField(
        _("travel, tenge"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    cost_lodging = models.DecimalField(
        _("lodging, tenge"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    cost_daily = models.DecimalField(
        _("daily allowance, tenge"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    obligation_months = models.PositiveSmallIntegerField(
        _("obligation to work on, months"), validators=[MinValueValidator(1)]
    )
    service_from = models.DateField(_("obligation from"))
    service_to = models.DateField(_("obligation to"))
    leave_does_not_count = models.BooleanField(
        _("maternity and parental leave do not count as served"), default=False
    )
    refund_days = models.PositiveSmallIntegerField(_("refund is paid within, days"), default=30)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    scan = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed copy"),
    )
    paper = models.OneToOneField(
        IssuedPaper, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    history = HistoricalRecords()
    objects = ContractQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("training contract")
        verbose_name_plural = _("training contracts")
        constraints = [
            models.UniqueConstraint(
                fields=["year", "number"],
                condition=Q(number__isnull=False),
                name="contract_number_once",
            ),
            models.CheckConstraint(
                condition=Q(service_to__gte=F("service_from")), name="service_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.number_text or str(self.get_state_display())

    @property
    def number_text(self) -> str:
        """«7-ОШ/2026»; empty before it is issued."""
        return f"{self.number}-{CONTRACT_MARK}/{self.year}" if self.number else ""

    @property
    def cost_base(self) -> Decimal:
        return self.cost_tuition + self.cost_travel + self.cost_lodging + self.cost_daily

    @property
    def is_signed(self) -> bool:
        return self.signed_on is not None

    @property
    def standing_refund(self) -> Refund | None:
        """What was computed when the employee left; not a claim that was taken back."""
        refund: Refund | None = getattr(self, "refund", None)
        return None if refund is None or refund.state == Refund.State.RECALLED else refund


class Refund(models.Model):
    """What an employee who leaves early pays back, as it was computed (law.md §2). Tenge, days.

    One of a contract: claimed anew, the row of a claim that was taken back is written over, and
    its history keeps both.
    """

    class State(models.TextChoices):
        DUE = "due", _("to be paid")
        PAID = "paid", _("paid")
        WAIVED = "waived", _("waived")
        RECALLED = "recalled", _("claim taken back")

    class Ground(models.TextChoices):
        OWN_WISH = "own_wish", _("at the employee's own wish")
        FAULT = "fault", _("for the employee's fault")
        AGREEMENT = "agreement", _("by agreement of the parties")
        REDUNDANCY = "redundancy", _("redundancy")
        HEALTH = "health", _("health")
        LIQUIDATION = "liquidation", _("liquidation of the employer")
        CALL_UP = "call_up", _("call-up for military service")
        OTHER = "other", _("another ground")

    contract = models.OneToOneField(
        Contract, on_delete=models.PROTECT, related_name="refund", verbose_name=_("contract")
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DUE)
    terminated_on = models.DateField(_("last day of work"))
    ground = models.CharField(_("ground of termination"), max_length=12, choices=Ground)
    applies = models.BooleanField(_("refund applies"), default=True)
    because = models.CharField(_("why it applies or not"), max_length=300, blank=True)
    cost_base = models.DecimalField(_("cost of the training"), max_digits=12, decimal_places=2)
    total_days = models.PositiveIntegerField(_("days of the obligation"))
    served_days = models.PositiveIntegerField(_("days served"))
    unserved_days = models.PositiveIntegerField(_("days not served"))
    amount = models.DecimalField(_("to be refunded, tenge"), max_digits=12, decimal_places=2)
    due_on = models.DateField(_("to be paid by"), null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    paid_by_document = models.CharField(_("payment document"), max_length=120, blank=True)
    waived_because = models.CharField(_("why waived"), max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(amount__lte=F("cost_base")),
                name="refund_within_cost",
            ),
            models.CheckConstraint(
                condition=~Q(state="waived") | ~Q(waived_because=""),
                name="refund_waived_with_reason",
                violation_error_message=_("Say why the refund is waived."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.amount}"

    def is_overdue(self, on: dt.date) -> bool:
        return self.state == self.State.DUE and self.due_on is not None and self.due_on < on
