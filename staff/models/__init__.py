"""Facts of the registry, the ledger and everybody's standing (clauses 3.4, 3.9, 3.10, 4.3–4.5)."""

from .accounts import Role, RolePolicy, User
from .imports import ImportEntry, ImportRun
from .ledger import Provider, TrainingRecord
from .people import DeadlineExtension, Person, Post
from .requirements import Area, TrainingRequirement
from .standing import PastDay, Standing
from .units import Unit

__all__ = [
    "Area",
    "DeadlineExtension",
    "ImportEntry",
    "ImportRun",
    "PastDay",
    "Person",
    "Post",
    "Provider",
    "Role",
    "RolePolicy",
    "Standing",
    "TrainingRecord",
    "TrainingRequirement",
    "Unit",
    "User",
]
