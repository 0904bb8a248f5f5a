-- A row of nulls where nothing expires: Evidence makes no table of no rows.
select next.*
from (select) one left join (
  select source, dataset_id, actor_id, item_count, inflated_bytes, expires_at, expires_in_days, console_url
  from apify_bi.expiring order by expires_at limit 100
) next on true
