select source, day::timestamp at time zone 'UTC' as day, created, gone, live, items, inflated_bytes
from apify_bi.daily where day > current_date - 90
