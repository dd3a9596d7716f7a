"""Many rows into a table at the database's own price, for what is computed and has no history.

``bulk_create`` spends most of its time making and taking apart model objects. Whatever a person
can change does not go this way: its history is written with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models, transaction

BATCH = 2_000


def pour(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert ``rows`` in the order of ``columns`` (database names), all or none."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    # ISO text is what both databases take for a day.
    plain = (tuple(str(v) if isinstance(v, dt.date) else v for v in row) for row in rows)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        while batch := list(islice(plain, BATCH)):
            if connection.vendor == "postgresql":
                from psycopg2.extras import execute_values

                sql = f"INSERT INTO {table} ({names}) VALUES %s"  # noqa: S608  # nosec B608
                execute_values(cursor.cursor, sql, batch, page_size=BATCH)
            else:
                marks = ", ".join(["%s"] * len(columns))
                sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  # nosec B608
                cursor.executemany(sql, batch)
