"""The suites and tests of dbt-tests-adapter that are not run, each with the reason.

A name is `family.Class`, followed by `.iceberg` for the run on Iceberg tables, and by `::test` for a single test; *
matches any text. "Its own tests" are the functional tests of dbt-athena, which rewrite a suite by hand.
"""

from __future__ import annotations

import re
from typing import Final

LEFT_OUT: Final[dict[str, str]] = {
    # features that Athena or dbt-athena lacks, or of Postgres only
    "catalog.*": "Athena has no materialized views",
    "column_types.*": "for Postgres only",
    "dbt_clone.*": "dbt-athena cannot clone",
    "dbt_debug.*": "for Postgres only",
    "functions.*": "dbt-athena has no user-defined functions",
    "grants.*": "dbt-athena leaves grants to Lake Formation",
    "materialized_view.*": "Athena has no materialized views",
    "python_model.*": "Athena for Spark is not emulated",
    "simple_copy.SimpleCopyBase::test_simple_copy_with_materialized_views": "Athena has no materialized views",
    # suites that an adapter must complete, or written in SQL of Postgres
    "basic.BaseAdapterMethod*": "reads a table at compile time, before it is built; dbt-athena skips it too",
    "basic.BaseDocsGen*": "expects a catalog that every adapter must define",
    "basic.BaseGetCatalogForSingleRelation*": "expects a catalog that every adapter must define",
    "caching.BaseCachingTest": "abstract: its subclasses run",
    "constraints.*::test__constraints_correct_column_data_types": "names types of Postgres",
    "constraints.*::test__constraints_wrong_column_data_types": "names types of Postgres",
    "constraints.BaseConstraintsColumnsEqual": "abstract: its subclasses run",
    "constraints.Base*Rollback": "Athena enforces no constraint and has no transactions",
    "constraints.Base*RuntimeDdlEnforcement": "expects DDL that every adapter must define",
    "constraints.BaseConstraintQuotedColumn": "expects DDL that every adapter must define",
    "constraints.Base*ContractSqlHeader": "has a header of SET statements, which Athena lacks",
    "constraints.BaseModelConstraintsRuntimeEnforcement": "expects DDL that every adapter must define",
    "dbt_show.BaseShowDoesNotHandleDoubleLimit": "expects an error message of Postgres",
    "ephemeral.BaseEphemeralMulti": "compares compiled SQL with that of Postgres",
    "ephemeral.BaseEphemeralNested": "compares compiled SQL with that of Postgres",
    "hooks.BaseAfterRunHooks": "expects an error message of Postgres",
    "hooks.BaseHookRefs": "prepares its tables in SQL of Postgres",
    "hooks.BasePrePost*": "prepares its tables in SQL of Postgres",
    "hooks.TestPrePost*": "prepares its tables in SQL of Postgres",
    "simple_copy.BaseSimpleCopyUppercase": "has a database name in upper case, which Glue does not support",
    "simple_copy.EmptyModelsArentRunBase": "finds its tables with ILIKE, which Athena lacks",
    "query_comment.BaseMacroQueryComments": "expects /* ... */ before a statement; dbt-athena writes -- /* ... */",
    "query_comment.BaseQueryComments": "expects /* ... */ before a statement; dbt-athena writes -- /* ... */",
    "sample_mode.*": "stores a timestamp with time zone, which no Hive table holds; its own tests cast it",
    "simple_seed.BaseBasicSeedTests": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSeedConfigFullRefresh*": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSeedCustomSchema": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSeedParsing": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSeedWith*": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSimpleSeedColumnOverride": "expects types that every adapter must define",
    "simple_seed.BaseSimpleSeedWithBOM": "prepares its tables in SQL of Postgres",
    "simple_snapshot.*": "updates and deletes in place, in SQL of Postgres; its own tests snapshot seeds",
    "unit_testing.BaseUnitTestingTypes": "names types of Postgres; its own tests name Athena's",
    "unit_testing.BaseUnitTestingVarcharFixtureNoTruncation": "names types of Postgres",
    "utils.BaseArrayUtils::test_expected_actual": "abstract: its subclasses run",
    "utils.BaseCurrentTimestampAware::test_current_timestamp_type": "dbt-athena's current_timestamp has no time zone",
    "utils.BaseCurrentTimestamps": "names a column current_timestamp, a reserved word of Athena",
    "utils.BaseDataTypeMacro": "abstract: its subclasses run",
    "utils.BaseDate": "calls to_date, which Athena lacks",
    "utils.BaseDateDiff": "uses date parts that dbt-athena's datediff does not support",
    "utils.BaseDateSpine": "adds days to a text",
    "utils.BaseEscapeSingleQuotesBackslash": "Athena escapes by doubling: BaseEscapeSingleQuotesQuote runs",
    "utils.BaseGetIntervalsBetween": "09/12/2023 is not a date on Athena",
    "utils.BaseMixedNullCompare": "stores a NULL without a type",
    "utils.BaseNullCompare": "stores a NULL without a type",
    "utils.BaseSplitPart": "counts from the end, which Athena's split_part does not",
    "utils.BaseTypeNumeric": "uses numeric(28, 6), which Athena calls decimal",
    # features that dbt-core or dbt-athena lacks
    "basic.BaseIncrementalBadStrategy*": "expects another message than dbt-athena's",
    "basic.BaseIncrementalNotSchemaChange*": "concatenates a number and a text, which Athena's concat rejects",
    "basic.BaseSnapshot*": "updates a seed in place, which no Hive table allows; dbt-athena skips it too",
    "empty.BaseTestEmptySeedFlag*": "`dbt seed --empty` is newer than dbt-core 1.11",
    "empty.MetadataWithEmptyFlag*::*alter_column_type*": "dbt's default macro, not Athena's SQL",
    "empty.MetadataWithEmptyFlag*::*add_remove_columns*": "dbt's default macro, not Athena's SQL",
    "empty.MetadataWithEmptyFlag*::*truncate_relation*": "dbt's default macro: Athena has no TRUNCATE",
    "incremental.BaseIncrementalPredicates*": "names the sides of a merge as Postgres does; its own tests rename them",
    "incremental.TestPredicatesDeleteInsert*": "delete+insert is not a strategy of dbt-athena",
    "incremental.BaseMergeExcludeColumns": "a Hive table cannot be merged into; the run on Iceberg stays",
    "incremental.BaseMicrobatch*": "needs partitions (Hive) or a key (Iceberg) in its model; its own tests give them",
    "persist_docs.BasePersistDocsQuotedDescriptionNotAppliedOnMismatch*": "column names on Athena have no upper case",
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
