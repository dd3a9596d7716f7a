"""A case closes by itself once nothing hinders it any more (clauses 3.8, 7.14)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from training_plans.models import TrainingApplication
from training_plans.transitions import APPLICATION
from workflow.saving import take

State = TrainingApplication.State


@transaction.atomic
def close_if_complete(application: TrainingApplication, *, actor: Any, on: dt.date) -> bool:
    """Close an accepted case where all that follows is there; whether it was closed.

    Asked after every step that may have been the last: the documents accepted, the contract
    signed. What is still missing is no error, the case simply stays open. Takes the case's lock.
    """
    application = take(application)
    if application.state != State.ACCEPTED:
        return False
    if APPLICATION.refusals(application, "close", actor=actor, on=on):
        return False

    def close(case: TrainingApplication) -> None:
        case.closed_on = on

    APPLICATION.apply(application, "close", actor=actor, on=on, effect=close)
    return True
