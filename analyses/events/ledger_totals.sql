{# Is every line accounted for? One row from the ledger: lines = accepted + duplicates + rejected. #}
select
    sum(line_count) as line_count,
    sum(accepted_count) as accepted_count,
    sum(duplicate_count) as duplicate_count,
    sum(rejected_count) as rejected_count,
    -- of the accepted ones, those that arrived in copies that disagree
    sum(conflicting_count) as conflicting_count
from {{ ref('loads') }}
