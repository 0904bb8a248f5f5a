-- Questions about an account's datasets, each a query on the views of apify_bi. psql: \d+ apify_bi.datasets tells what a column means.
-- Where several accounts are mirrored, add: where source = '...'

-- 1. Can I trust the numbers now?
select source, is_fresh, verdict from apify_bi.accounts order by source;

-- 2. How old is what I see, in seconds, and how many datasets does the API count more than the mirror holds?
select source, last_success_age_seconds, last_full_pass_age_seconds, drift from apify_bi.freshness order by source;

-- 3. What does the account hold?
select source, live, named, items, inflated_bytes, retention_days from apify_bi.accounts order by source;

-- 4. How much does each Actor store?
select actor_id, count(*) as datasets, sum(item_count) as items, sum(inflated_bytes) as bytes
from apify_bi.datasets where is_live group by 1 order by bytes desc nulls last, 1 limit 20;

-- 5. How much does each Actor store, by the month its datasets are from?
select actor_id, created_month as month, count(*) as datasets, sum(inflated_bytes) as bytes
from apify_bi.datasets where is_live group by 1, 2 order by bytes desc nulls last, 1, 2 limit 100;

-- 6. What does storage cost a month at most? (uncompressed, at $1 per 1000 GB-hours; what is billed is compressed)
select source, round(sum(inflated_bytes) / 1e9 * 730 / 1000, 2) as dollars from apify_bi.datasets where is_live group by 1 order by 1;

-- 7. And by Actor?
select actor_id, round(sum(inflated_bytes) / 1e9 * 730 / 1000, 2) as dollars
from apify_bi.datasets where is_live group by 1 order by 2 desc nulls last, 1 limit 20;

-- 8. Which datasets are the largest?
select dataset_key, dataset_name, item_count, inflated_bytes, console_url
from apify_bi.datasets where is_live order by inflated_bytes desc nulls last, dataset_key limit 20;

-- 9. Which datasets grew most this week?
select dataset_key, dataset_name, items_7d, inflated_bytes_7d, since
from apify_bi.growth where items_7d > 0 order by items_7d desc, dataset_key limit 20;

-- 10. Which Actors' data grew most this week?
select actor_id, sum(items_7d) as items, sum(inflated_bytes_7d) as bytes
from apify_bi.growth where items_7d <> 0 group by 1 order by items desc, 1 limit 20;

-- 11. What expires within the next week?
select dataset_key, actor_id, item_count, expires_at, console_url
from apify_bi.expiring where expires_at < now() + interval '7 days' order by expires_at, dataset_key limit 100;

-- 12. How many datasets and items expire on each day?
select expires_date, count(*) as datasets, sum(item_count) as items from apify_bi.expiring group by 1 order by 1;

-- 13. Which datasets has nobody touched for 30 days? The largest first.
select dataset_key, dataset_name, idle_days, inflated_bytes
from apify_bi.datasets where is_live and idle_days >= 30 order by inflated_bytes desc nulls last, dataset_key limit 20;

-- 14. How much of the storage is named, and stays for ever?
select is_named, count(*) as datasets, sum(item_count) as items, sum(inflated_bytes) as bytes
from apify_bi.datasets where is_live group by 1 order by 1;

-- 15. What is shared with me, and by whom?
select owner_name, count(*) as datasets, sum(item_count) as items
from apify_bi.datasets where is_live and not is_mine group by 1 order by datasets desc, 1;

-- 16. Which Actors leave empty datasets behind?
select actor_id, count(*) filter (where item_count = 0) as empty, count(*) as datasets
from apify_bi.datasets where is_live and run_id is not null group by 1 having count(*) filter (where item_count = 0) > 0
order by empty desc, 1 limit 20;

-- 17. What changed yesterday, and what of it?
select at, kind, dataset_key, changed_columns, item_count_before, item_count_after
from apify_bi.changes where at >= current_date - 1 and at < current_date limit 100;

-- 18. How many were created, changed and gone in each of the last 24 hours?
select date_trunc('hour', at) as hour, kind, count(*) from apify_bi.changes
where at > now() - interval '1 day' group by 1, 2 order by 1, 2;

-- 19. What happened to one dataset?
select at, kind, changed_columns, item_count_before, item_count_after
from apify_bi.changes where source = 'default' and dataset_id = 'prices' order by at;

-- 20. What is gone since a week ago, when and why?
select dataset_key, gone_at, gone_because, item_count
from apify_bi.datasets where gone_at > now() - interval '7 days' order by gone_at desc, dataset_key limit 100;

-- 21. How many expire and how many are deleted, day by day?
select gone_at::date as day, gone_because, count(*) as datasets
from apify_bi.datasets where gone_at > now() - interval '30 days' group by 1, 2 order by 1, 2;

-- 22. Which datasets left the list and came back?
select dataset_key, at from apify_bi.changes where kind = 'back' and at > now() - interval '7 days' order by at;

-- 23. Which names are used more than once?
select dataset_name, count(*) as datasets, min(dataset_key) as one, max(dataset_key) as another
from apify_bi.datasets where is_live and is_named group by 1 having count(*) > 1 order by 1;

-- 24. How does the account change from day to day?
select day, created, gone, live, items, live_change, items_change from apify_bi.daily order by source, day desc limit 30;

-- 25. Which Actors added most items yesterday?
select actor_id, items_change, live_change
from apify_bi.actor_daily where day = (now() at time zone 'UTC')::date - 1 and items_change > 0 order by 2 desc, 1 limit 20;

-- 26. Who may read what?
select general_access, count(*) as datasets from apify_bi.datasets where is_live group by 1 order by 2 desc, 1;

-- 27. What is written and never read?
select actor_id, count(*) as datasets, sum(item_count) as items
from apify_bi.datasets where is_live and read_count = 0 and item_count > 0 group by 1 order by items desc, 1 limit 20;

-- 28. Which datasets does one Actor have, the newest first?
select dataset_key, created_at, item_count, run_id
from apify_bi.datasets where actor_id = 'scraper' and is_live order by created_at desc limit 20;

-- 29. Which runs of the mirror failed today, and why?
select sync_run_id, kind, started_at, duration_seconds, error
from apify_bi.runs where status not in ('succeeded', 'running') and started_at > now() - interval '1 day' order by 1 desc limit 20;

-- 30. What has changed in the mirror since my last copy of it, removals included? (copy with written_at as the cursor)
select dataset_key, is_live, item_count, gone_at, written_at
from apify_bi.datasets where written_at > now() - interval '1 hour' order by written_at, dataset_key limit 1000;
