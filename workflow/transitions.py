"""Transitions are data (architecture, idea 1): who may move a case, from where, when, and why not.

An app declares its table once (``Transitions``); buttons, forms, commands and ``apply`` ask the
same ``refusals``. Permission says who, guard says when (idea 2). ``apply`` asks again after
locking the row and leaves a ``Decision``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from .models import Decision
from .saving import save, take

Case = TypeVar("Case", bound=models.Model)
Because = Literal["permission", "state", "guard", "reason"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a case cannot be moved: a sentence that names the rule and the next step.

    ``because`` of permission: this person never may. Of state: not from here. Of a guard: not yet.
    """

    words: str
    clause: str = ""
    because: Because = "guard"

    def __str__(self) -> str:
        return self.words


# Yields what stands in the way of a case on a day, whoever asks.
Guard = Callable[[Any, dt.date], Iterable[Refusal]]


class Refused(ValidationError):  # noqa: N818
    """A transition that was refused, with every reason."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__([refusal.words for refusal in refusals], code="refused")


@dataclass(frozen=True)
class Transition:
    """One way a case moves. ``permission`` is asked of the account with the case as its object.

    ``label`` is the button, ``done`` what the decision says afterwards. ``wants_reason``: it is
    refused without one. ``tone`` is the look of its button.
    """

    name: str
    label: Promise | str
    done: Promise | str
    sources: frozenset[str]
    target: str
    permission: str
    guards: tuple[Guard, ...] = ()
    wants_reason: bool = False
    tone: Literal["main", "plain", "danger"] = "plain"
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A button: the transition and what stands in its way; empty where it may be pressed."""

    transition: Transition
    refusals: tuple[Refusal, ...]

    @property
    def is_open(self) -> bool:
        return not self.refusals


class Transitions(Generic[Case]):
    """The table of one kind of case, whose state stands in ``field``.

    A higher floor adds its guards by name with ``add_guard``, in one place.
    """

    def __init__(
        self, model: type[Case], transitions: Iterable[Transition], *, field: str = "state"
    ) -> None:
        self.model = model
        self.field = field
        self.by_name = {transition.name: transition for transition in transitions}
        self._more_guards: dict[str, list[Guard]] = {name: [] for name in self.by_name}

    def __iter__(self) -> Any:
        return iter(self.by_name.values())

    def add_guard(self, name: str, guard: Guard) -> None:
        """Another reason why ``name`` may have to wait; ``KeyError`` where there is no such way."""
        self._more_guards[name].append(guard)

    def refusals(self, case: Case, name: str, *, actor: Any, on: dt.date) -> list[Refusal]:
        """Everything that stands in the way, most basic first; empty where nothing does."""
        transition = self.by_name[name]
        if not actor.has_perm(transition.permission, case):
            return [Refusal(_("This is not yours to decide."), because="permission")]
        if getattr(case, self.field) not in transition.sources:
            state = case._meta.get_field(self.field)
            labels = dict(state.flatchoices)  # type: ignore[union-attr]
            words = _("This cannot be done now. State: %(state)s.") % {
                "state": labels.get(getattr(case, self.field), "")
            }
            return [Refusal(words, because="state")]
        guards = [*transition.guards, *self._more_guards[name]]
        return [refusal for guard in guards for refusal in guard(case, on)]

    def offers(self, case: Case, *, actor: Any, on: dt.date) -> list[Offer]:
        """The buttons of a case: those this person may press from here, now or not yet."""
        found = []
        for name, transition in self.by_name.items():
            refusals = self.refusals(case, name, actor=actor, on=on)
            if not any(refusal.because in ("permission", "state") for refusal in refusals):
                found.append(Offer(transition, tuple(refusals)))
        return found

    def decisions(self, case: Case) -> list[Decision]:
        """What was decided about ``case``, the newest first, each in ``words``; one query."""
        found = list(
            Decision.objects.about(case).select_related("actor__person", "on_behalf_of__person")
        )
        for decision in found:
            decision.words = str(self.by_name[decision.transition].done)
        return found

    @transaction.atomic
    def apply(
        self,
        case: Case,
        name: str,
        *,
        actor: Any,
        on: dt.date,
        reason: str = "",
        version: int | None = None,
        effect: Callable[[Case], None] | None = None,
        on_behalf_of: Any = None,
    ) -> Case:
        """Move ``case``: lock it, ask again, let ``effect`` change what goes with it, keep it.

        ``on_behalf_of`` is the account a substitute signs for; the caller has checked it. Returns
        the case as it is kept. Raises ``Refused`` and ``ChangedMeanwhile``; then nothing is
        written, whatever ``effect`` did.
        """
        transition = self.by_name[name]
        case = take(case, version)
        refusals = self.refusals(case, name, actor=actor, on=on)
        reason = reason.strip()
        if not refusals and transition.wants_reason and not reason:
            refusals = [Refusal(_("Say why: the reason is part of the decision."), "", "reason")]
        if refusals:
            raise Refused(refusals)
        source = getattr(case, self.field)
        setattr(case, self.field, transition.target)
        if effect is not None:
            effect(case)
        save(case, actor=actor, reason=reason)
        Decision.objects.create(
            subject=case,
            transition=name,
            source=source,
            target=transition.target,
            actor=actor,
            on_behalf_of=on_behalf_of,
            decided_on=on,
            reason=reason,
        )
        return case
