"""What of dbt-tests-adapter is not run, and why: nothing is left out without a line here.

A name is `family.Class`, with `.iceberg` behind it for the run on Iceberg tables, and `::test` for a single test; *
stands for anything. "Its own tests" are the functional tests of dbt-athena, which rewrite a suite by hand.
"""

from __future__ import annotations

import re
from typing import Final

LEFT_OUT: Final[dict[str, str]] = {
    # not Athena's, or not dbt-athena's
    "catalog.*": "Athena has no materialized views",
    "column_types.*": "of Postgres",
    "dbt_clone.*": "dbt-athena cannot clone",
    "dbt_debug.*": "of Postgres",
    "functions.*": "dbt-athena has no user-defined functions",
    "grants.*": "dbt-athena leaves grants to Lake Formation",
    "materialized_view.*": "Athena has no materialized views",
    "python_model.*": "Athena for Spark is not emulated",
    "simple_copy.SimpleCopyBase::test_simple_copy_with_materialized_views": "Athena has no materialized views",
    # for an adapter to fill in
    "basic.BaseAdapterMethod*": "reads a table while it compiles, before it is built; dbt-athena skips it too",
    "basic.BaseDocsGen*": "expects a catalog that every adapter states for itself",
    "basic.BaseGetCatalogForSingleRelation*": "expects a catalog that every adapter states for itself",
    # what dbt-core or the adapter lacks
    "basic.BaseSnapshot*": "updates a seed in place, which no Hive table allows; dbt-athena skips it too",
    "empty.BaseTestEmptySeedFlag*": "`dbt seed --empty` is younger than dbt-core 1.11",
    "empty.MetadataWithEmptyFlag*::*alter_column_type*": "dbt's default macro, not Athena's SQL",
    "empty.MetadataWithEmptyFlag*::*add_remove_columns*": "dbt's default macro, not Athena's SQL",
    "empty.MetadataWithEmptyFlag*::*truncate_relation*": "dbt's default macro: Athena has no TRUNCATE",
    "incremental.BaseIncrementalUniqueKey*": "inserts texts into a date column; its own tests cast them, on Iceberg",
    "basic.BaseSimpleMaterializations.iceberg": "configures views as tables; dbt-athena skips it too",
}


def reason(name: str) -> str | None:
    """Why a suite or a test is left out; None if it is run."""
    for pattern, why in LEFT_OUT.items():
        if re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name):
            return why
    return None
