select source, is_fresh, verdict, live, named, items, inflated_bytes, retention_days,
  last_success_age_seconds, last_full_pass_age_seconds, drift
from apify_bi.accounts
