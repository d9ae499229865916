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
    "constraints.*::test__constraints_correct_column_data_types": "names types of Postgres",
    "constraints.*::test__constraints_wrong_column_data_types": "names types of Postgres",
    "constraints.BaseConstraintsColumnsEqual": "abstract: its subclasses run",
    "constraints.Base*Rollback": "Athena enforces no constraint and has no transactions",
    "constraints.Base*RuntimeDdlEnforcement": "expects DDL that every adapter states for itself",
    "constraints.BaseConstraintQuotedColumn": "expects DDL that every adapter states for itself",
    "constraints.Base*ContractSqlHeader": "a header of SET statements, which Athena does not have",
    "constraints.BaseModelConstraintsRuntimeEnforcement": "expects DDL that every adapter states for itself",
    "dbt_show.BaseShowDoesNotHandleDoubleLimit": "expects an error in the words of Postgres",
    "ephemeral.BaseEphemeralMulti": "compares compiled SQL with that of Postgres",
    "ephemeral.BaseEphemeralNested": "compares compiled SQL with that of Postgres",
    "hooks.BaseAfterRunHooks": "expects an error in the words of Postgres",
    "hooks.BaseHookRefs": "prepares its tables in SQL of Postgres",
    "hooks.BasePrePost*": "prepares its tables in SQL of Postgres",
    "hooks.TestPrePost*": "prepares its tables in SQL of Postgres",
    "simple_copy.BaseSimpleCopyUppercase": "a database in upper case, which Glue does not have",
    "simple_copy.EmptyModelsArentRunBase": "looks its tables up with ILIKE, which Athena lacks",
    "query_comment.BaseMacroQueryComments": "expects /* ... */ before a statement; dbt-athena writes -- /* ... */",
    "query_comment.BaseQueryComments": "expects /* ... */ before a statement; dbt-athena writes -- /* ... */",
    "sample_mode.*": "stores a timestamp with time zone, which no Hive table holds; its own tests cast it",
    "simple_seed.BaseBasicSeedTests": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSeedConfigFullRefresh*": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSeedCustomSchema": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSeedParsing": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSeedWith*": "prepares its tables in SQL of Postgres",
    "simple_seed.BaseSimpleSeedColumnOverride": "expects types that every adapter states for itself",
    "simple_seed.BaseSimpleSeedWithBOM": "prepares its tables in SQL of Postgres",
    "simple_snapshot.*": "updates and deletes in place, in SQL of Postgres; its own tests snapshot seeds",
    "unit_testing.BaseUnitTestingTypes": "names types of Postgres; its own tests state Athena's",
    "unit_testing.BaseUnitTestingVarcharFixtureNoTruncation": "names types of Postgres",
    "utils.BaseArrayUtils::test_expected_actual": "abstract: its subclasses run",
    "utils.BaseCurrentTimestampAware::test_current_timestamp_type": "dbt-athena's current_timestamp has no time zone",
    "utils.BaseCurrentTimestamps": "names a column current_timestamp, a reserved word of Athena",
    "utils.BaseDataTypeMacro": "abstract: its subclasses run",
    "utils.BaseDate": "its data call to_date, which Athena lacks",
    "utils.BaseDateDiff": "parts of a date that dbt-athena's datediff does not take",
    "utils.BaseDateSpine": "adds days to a text in its data",
    "utils.BaseEscapeSingleQuotesBackslash": "Athena escapes by doubling: BaseEscapeSingleQuotesQuote runs",
    "utils.BaseGetIntervalsBetween": "09/12/2023 is no date for Athena",
    "utils.BaseMixedNullCompare": "stores a NULL without a type",
    "utils.BaseNullCompare": "stores a NULL without a type",
    "utils.BaseSplitPart": "counts from the end, which Athena's split_part does not",
    "utils.BaseTypeNumeric": "numeric(28, 6): Athena's word is decimal",
    # what dbt-core or the adapter lacks
    "basic.BaseIncrementalBadStrategy*": "expects a sentence that dbt-athena words in another way",
    "basic.BaseIncrementalNotSchemaChange*": "concatenates a number and a text, which Athena's concat refuses",
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
