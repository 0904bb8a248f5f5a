-- A row of nulls where nothing grew: Evidence makes no table of no rows.
select growing.*
from (select) one left join (
  select source, dataset_id, coalesce(dataset_name, title) as dataset_name, actor_id, items_1d, items_7d, items_30d, inflated_bytes_7d,
    'https://console.apify.com/storage/datasets/' || dataset_id as console_url
  from apify_bi.growth where items_7d > 0 order by items_7d desc limit 100
) growing on true
