{{ config(materialized='table') }}
select dataset_key, dataset_id, created_at, item_count, actor_id, is_live
from {{ source('apify_bi', 'datasets') }}
where is_named
