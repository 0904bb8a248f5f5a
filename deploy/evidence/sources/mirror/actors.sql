select source, coalesce(actor_id, 'by hand') as actor, is_named, count(*) as datasets, sum(item_count) as items, sum(inflated_bytes) as bytes
from apify_bi.datasets where is_live group by 1, 2, 3
