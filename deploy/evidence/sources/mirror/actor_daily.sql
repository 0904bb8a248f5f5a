-- The ten Actors with most bytes of late.
select source, day::timestamp at time zone 'UTC' as day, coalesce(actor_id, 'by hand') as actor, inflated_bytes
from apify_bi.actor_daily
where day > current_date - 90 and coalesce(actor_id, '') in (
  select coalesce(actor_id, '') from apify_bi.actor_daily where day >= current_date - 1 group by 1 order by max(inflated_bytes) desc limit 10
)
