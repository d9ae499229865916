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
    "caching.BaseCachingTest": "abstract: its subclasses run",
    "constraints.*": "expects DDL and types that every adapter states for itself; Athena enforces no constraint",
    "ephemeral.BaseEphemeralMulti": "compares compiled SQL with that of Postgres",
    "ephemeral.BaseEphemeralNested": "compares compiled SQL with that of Postgres",
    "hooks.BaseAfterRunHooks": "expects an error in the words of Postgres",
    "hooks.BaseHookRefs": "prepares its tables in SQL of Postgres",
    "hooks.BaseHooksRefsOnSeeds": "prepares its tables in SQL of Postgres",
    "hooks.BasePrePost*": "prepares its tables in SQL of Postgres",
    "hooks.TestPrePost*": "prepares its tables in SQL of Postgres",
    "sample_mode.*": "needs a model that dbt-athena can sample by time; its own tests bring one",
    "simple_copy.BaseSimpleCopyUppercase": "a database in upper case, which Glue does not have",
    "simple_copy.EmptyModelsArentRunBase": "looks its tables up with ILIKE, which Athena lacks",
    "simple_seed.BaseBasicSeedTests": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSeed*": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSimpleSeedWithBOM": "prepares its tables in SQL of Postgres",
    "utils.BaseArrayUtils": "abstract: its subclasses run",
    "utils.BaseCurrentTimestampAware": "dbt-athena's current_timestamp has no time zone; ...Naive runs",
    # what dbt-core or the adapter lacks
    "basic.BaseIncrementalBadStrategy*": "expects a sentence that dbt-athena words in another way",
    "basic.BaseIncrementalNotSchemaChange*": "concatenates a number and a text, which Athena's concat refuses",
    "simple_snapshot.BaseSimpleSnapshot*": "updates, alters and deletes rows of Hive tables in place",
    "basic.BaseSnapshot*": "updates a seed in place, which no Hive table allows; dbt-athena skips it too",
    "empty.BaseTestEmptySeedFlag*": "`dbt seed --empty` is younger than dbt-core 1.11",
    "empty.MetadataWithEmptyFlag*::*alter_column_type*": "dbt's default macro, not Athena's SQL",
    "empty.MetadataWithEmptyFlag*::*add_remove_columns*": "dbt's default macro, not Athena's SQL",
    "empty.MetadataWithEmptyFlag*::*truncate_relation*": "dbt's default macro: Athena has no TRUNCATE",
    "incremental.BaseIncrementalPredicates*": "names the sides of a merge as Postgres does; its own tests rename",
    "incremental.TestPredicatesDeleteInsert*": "delete+insert is no strategy of dbt-athena",
    "incremental.BaseMergeExcludeColumns": "a Hive table cannot be merged into; the run on Iceberg stays",
    "incremental.BaseMicrobatch*": "needs partitions (Hive) or a key (Iceberg) in its model; its own tests give them",
    "persist_docs.BasePersistDocsQuotedDescriptionNotAppliedOnMismatch*": "Athena's columns know no upper case",
    "query_comment.*": "expects /* ... */ before a statement; dbt-athena writes -- /* ... */",
    "persist_docs.BasePersistDocs": "expects the catalog of Postgres",
    "persist_docs.BasePersistDocs.iceberg": "expects the catalog of Postgres",
    "incremental.BaseIncrementalUniqueKey*": "inserts texts into a date column; its own tests cast them, on Iceberg",
    "basic.BaseSimpleMaterializations.iceberg": "configures views as tables; dbt-athena skips it too",
}


def reason(name: str) -> str | None:
    """Why a suite or a test is left out; None if it is run."""
    for pattern, why in LEFT_OUT.items():
        if re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name):
            return why
    return None
