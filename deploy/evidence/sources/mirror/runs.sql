select source, sync_run_id, kind, status, started_at, duration_seconds, read, inserted, updated, missing, removed, error
from apify_bi.runs order by sync_run_id desc limit 500
