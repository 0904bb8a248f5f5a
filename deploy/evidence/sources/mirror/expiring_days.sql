select days.day::timestamp at time zone 'UTC' as day, count(dataset_key) as datasets, coalesce(sum(item_count), 0) as items
from generate_series(current_date, current_date + 13, interval '1 day') as days(day)
left join apify_bi.expiring on expires_date = days.day::date
group by 1
