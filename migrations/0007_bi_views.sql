CREATE SCHEMA IF NOT EXISTS apify_bi;
--> statement-breakpoint
COMMENT ON SCHEMA apify_bi IS 'Views for people and BI tools over the mirror in schema apify: flat columns of plain types.';
--> statement-breakpoint
CREATE FUNCTION apify.stat(stats jsonb, name text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- jsonb orders numbers above all other scalars but booleans, so the bounds let numbers through and nothing else.
RETURN CASE WHEN stats -> name BETWEEN '0'::jsonb AND '9000000000000000000'::jsonb THEN (stats -> name)::bigint END;
--> statement-breakpoint
COMMENT ON FUNCTION apify.stat(jsonb, text) IS 'A counter of datasets.stats by its name; null where the API sent none, or something that is no count.';
--> statement-breakpoint
-- Apify's plans retain for whole days, so the day of age at which most datasets leave is the retention, however many
-- are deleted at other ages. Leaving on the first day counts only if no later day stands out.
CREATE VIEW apify.retention AS
SELECT s.name AS source, coalesce(sum(age.seen), 0)::bigint AS seen,
  (array_agg(CASE WHEN age.seen >= 20 AND age.older <= 20 THEN age.median END
    ORDER BY age.seen >= 20 AND age.day > 0 DESC, age.seen DESC, age.day))[1] AS days
FROM apify.sources s
LEFT JOIN LATERAL (
  SELECT by_day.*, (
      -- If more than a few live on beyond that age, it is no retention.
      SELECT count(*) FROM (
        SELECT FROM apify.datasets
        WHERE source = s.name AND missing_since IS NULL AND name IS NULL AND (s.owner_id IS NULL OR user_id = s.owner_id)
          AND created_at < now() - (by_day.median + 1) * interval '1 day'
        LIMIT 21
      ) old
    ) AS older
  FROM (
    SELECT floor(days) AS day, count(*) AS seen, percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS median
    FROM (
      SELECT extract(epoch FROM missing_since - created_at)::float8 / 86400 AS days FROM apify.datasets
      WHERE source = s.name AND removed_at IS NOT NULL AND name IS NULL AND (s.owner_id IS NULL OR user_id = s.owner_id)
      ORDER BY removed_at DESC LIMIT 1000
    ) left_lately
    GROUP BY 1
  ) by_day
) age ON true
GROUP BY s.name;
--> statement-breakpoint
CREATE VIEW apify_bi.datasets AS
SELECT d.source || '/' || d.id AS dataset_key, d.source, d.id AS dataset_id, d.name AS dataset_name, d.title,
  d.name IS NOT NULL AS is_named, d.missing_since IS NULL AS is_live, d.user_id = s.owner_id AS is_mine,
  d.user_id AS owner_id, d.username AS owner_name, d.act_id AS actor_id, d.act_run_id AS run_id,
  d.created_at, (d.created_at AT TIME ZONE 'UTC')::date AS created_date, d.modified_at, d.accessed_at,
  d.item_count, d.clean_item_count, apify.stat(d.stats, 'readCount') AS read_count,
  apify.stat(d.stats, 'writeCount') AS write_count, apify.stat(d.stats, 'deleteCount') AS delete_count,
  apify.stat(d.stats, 'inflatedBytes') AS inflated_bytes, d.general_access,
  floor(extract(epoch FROM coalesce(d.missing_since, now()) - d.created_at) / 86400)::integer AS age_days,
  floor(extract(epoch FROM coalesce(d.missing_since, now()) - greatest(d.accessed_at, d.modified_at, d.created_at)) / 86400)::integer AS idle_days,
  d.first_seen_at, d.changed_at, d.missing_since AS gone_at,
  CASE WHEN d.missing_since IS NULL THEN NULL WHEN d.name IS NOT NULL THEN 'deleted' WHEN r.days IS NULL THEN NULL
    WHEN d.missing_since - d.created_at >= 0.95 * r.days * interval '1 day' THEN 'expired' ELSE 'deleted' END AS gone_because,
  CASE WHEN d.name IS NULL AND (d.user_id = s.owner_id) IS NOT FALSE THEN d.created_at + r.days * interval '1 day' END AS expires_at,
  'https://console.apify.com/storage/datasets/' || d.id AS console_url, d.written_at
FROM apify.datasets d
LEFT JOIN apify.sources s ON s.name = d.source
LEFT JOIN apify.retention r ON r.source = d.source;
--> statement-breakpoint
CREATE VIEW apify_bi.expiring AS
SELECT dataset_key, source, dataset_id, title, owner_id, owner_name, actor_id, run_id, created_at, modified_at, item_count, inflated_bytes,
  expires_at, (expires_at AT TIME ZONE 'UTC')::date AS expires_date, extract(epoch FROM expires_at - now())::float8 / 86400 AS expires_in_days,
  console_url
FROM apify_bi.datasets
WHERE is_live AND NOT is_named AND expires_at > now();
--> statement-breakpoint
CREATE VIEW apify_bi.growth AS
SELECT d.source || '/' || d.id AS dataset_key, d.source, d.id AS dataset_id, d.name AS dataset_name, d.title,
  d.user_id = s.owner_id AS is_mine, d.act_id AS actor_id, d.created_at,
  greatest(now() - interval '30 days', CASE WHEN d.created_at > now() - interval '30 days' THEN d.created_at ELSE d.first_seen_at END) AS since,
  d.item_count, apify.stat(d.stats, 'inflatedBytes') AS inflated_bytes,
  d.item_count - CASE WHEN d.created_at > now() - interval '1 day' THEN 0 WHEN day.id IS NULL THEN d.item_count ELSE day.item_count END AS items_1d,
  d.item_count - CASE WHEN d.created_at > now() - interval '7 days' THEN 0 WHEN week.id IS NULL THEN d.item_count ELSE week.item_count END AS items_7d,
  d.item_count - CASE WHEN d.created_at > now() - interval '30 days' THEN 0 WHEN month.id IS NULL THEN d.item_count ELSE month.item_count END AS items_30d,
  apify.stat(d.stats, 'inflatedBytes') - CASE WHEN d.created_at > now() - interval '1 day' THEN 0
    ELSE apify.stat(CASE WHEN day.id IS NULL THEN d.stats ELSE day.stats END, 'inflatedBytes') END AS inflated_bytes_1d,
  apify.stat(d.stats, 'inflatedBytes') - CASE WHEN d.created_at > now() - interval '7 days' THEN 0
    ELSE apify.stat(CASE WHEN week.id IS NULL THEN d.stats ELSE week.stats END, 'inflatedBytes') END AS inflated_bytes_7d,
  apify.stat(d.stats, 'inflatedBytes') - CASE WHEN d.created_at > now() - interval '30 days' THEN 0
    ELSE apify.stat(CASE WHEN month.id IS NULL THEN d.stats ELSE month.stats END, 'inflatedBytes') END AS inflated_bytes_30d
FROM apify.datasets d
LEFT JOIN apify.sources s ON s.name = d.source
-- The first version that ended since the begin of the window is what the dataset was then, or when it was first seen.
-- A join that a query makes no use of is left out by the planner, since DISTINCT ON makes its key unique.
LEFT JOIN (
  SELECT DISTINCT ON (source, id) source, id, item_count, stats FROM apify.dataset_versions
  WHERE valid_to > now() - interval '1 day' ORDER BY source, id, valid_from
) day ON day.source = d.source AND day.id = d.id
LEFT JOIN (
  SELECT DISTINCT ON (source, id) source, id, item_count, stats FROM apify.dataset_versions
  WHERE valid_to > now() - interval '7 days' ORDER BY source, id, valid_from
) week ON week.source = d.source AND week.id = d.id
LEFT JOIN (
  SELECT DISTINCT ON (source, id) source, id, item_count, stats FROM apify.dataset_versions
  WHERE valid_to > now() - interval '30 days' ORDER BY source, id, valid_from
) month ON month.source = d.source AND month.id = d.id
WHERE d.missing_since IS NULL;
--> statement-breakpoint
CREATE VIEW apify_bi.changes AS
SELECT e.at, e.kind, e.source || '/' || e.id AS dataset_key, e.source, e.id AS dataset_id, e.name AS dataset_name,
  e.act_id AS actor_id, e.changed_columns, e.item_count_before, e.item_count_after,
  'https://console.apify.com/storage/datasets/' || e.id AS console_url
FROM (
  SELECT d.created_at AS at, 'created' AS kind, d.source, d.id, d.name, d.act_id, NULL AS changed_columns,
    NULL::bigint AS item_count_before, CASE WHEN first.id IS NULL THEN d.item_count ELSE first.item_count END AS item_count_after
  FROM apify.datasets d
  LEFT JOIN LATERAL (
    SELECT v.id, v.item_count FROM apify.dataset_versions v WHERE v.source = d.source AND v.id = d.id ORDER BY v.valid_from LIMIT 1
  ) first ON d.changed_at > d.first_seen_at
  UNION ALL
  SELECT after.at, CASE WHEN before.valid_to < after.at THEN 'back' ELSE 'changed' END, after.source, after.id, after.name, after.act_id,
    nullif(concat_ws(', ',
      CASE WHEN after.name IS DISTINCT FROM before.name THEN 'dataset_name' END,
      CASE WHEN after.title IS DISTINCT FROM before.title THEN 'title' END,
      CASE WHEN after.user_id IS DISTINCT FROM before.user_id THEN 'owner_id' END,
      CASE WHEN after.username IS DISTINCT FROM before.username THEN 'owner_name' END,
      CASE WHEN after.act_id IS DISTINCT FROM before.act_id THEN 'actor_id' END,
      CASE WHEN after.act_run_id IS DISTINCT FROM before.act_run_id THEN 'run_id' END,
      CASE WHEN after.created_at IS DISTINCT FROM before.created_at THEN 'created_at' END,
      CASE WHEN after.modified_at IS DISTINCT FROM before.modified_at THEN 'modified_at' END,
      CASE WHEN after.item_count IS DISTINCT FROM before.item_count THEN 'item_count' END,
      CASE WHEN after.clean_item_count IS DISTINCT FROM before.clean_item_count THEN 'clean_item_count' END,
      CASE WHEN after.general_access IS DISTINCT FROM before.general_access THEN 'general_access' END,
      CASE WHEN after.extra IS DISTINCT FROM before.extra THEN 'extra' END), ''),
    before.item_count, after.item_count
  FROM (
    SELECT changed_at AS at, source, id, name, title, user_id, username, act_id, act_run_id, created_at, modified_at, item_count,
      clean_item_count, general_access, extra
    FROM apify.datasets WHERE changed_at > first_seen_at
    UNION ALL
    SELECT valid_from, source, id, name, title, user_id, username, act_id, act_run_id, created_at, modified_at, item_count,
      clean_item_count, general_access, extra
    FROM apify.dataset_versions
  ) after
  CROSS JOIN LATERAL (
    SELECT * FROM apify.dataset_versions v
    WHERE v.source = after.source AND v.id = after.id AND v.valid_from < after.at ORDER BY v.valid_from DESC LIMIT 1
  ) before
  UNION ALL
  SELECT d.missing_since, 'gone', d.source, d.id, d.name, d.act_id, NULL, d.item_count, NULL
  FROM apify.datasets d WHERE d.missing_since IS NOT NULL
  UNION ALL
  SELECT v.valid_to, 'gone', v.source, v.id, v.name, v.act_id, NULL, v.item_count, NULL
  FROM apify.dataset_versions v
  WHERE NOT EXISTS (SELECT FROM apify.dataset_versions n WHERE n.source = v.source AND n.id = v.id AND n.valid_from = v.valid_to)
    AND NOT EXISTS (SELECT FROM apify.datasets n WHERE n.source = v.source AND n.id = v.id AND n.changed_at = v.valid_to)
) e
ORDER BY e.at DESC;
--> statement-breakpoint
CREATE VIEW apify_bi.actor_daily AS
SELECT t.source, t.day, nullif(t.act_id, '') AS actor_id, t.created, t.removed AS gone, t.live, t.items, t.inflated_bytes,
  CASE WHEN watched.day IS NOT NULL THEN t.live - coalesce(y.live, 0) END AS live_change,
  CASE WHEN watched.day IS NOT NULL THEN t.items - coalesce(y.items, 0) END AS items_change,
  CASE WHEN watched.day IS NOT NULL THEN t.inflated_bytes - coalesce(y.inflated_bytes, 0) END AS inflated_bytes_change,
  t.as_of
FROM apify.actor_days t
LEFT JOIN apify.actor_days watched ON watched.source = t.source AND watched.day = t.day - 1 AND watched.act_id = ''
LEFT JOIN apify.actor_days y ON y.source = t.source AND y.day = t.day - 1 AND y.act_id = t.act_id
WHERE t.act_id <> '' OR t.live > 0 OR t.created > 0 OR t.removed > 0;
--> statement-breakpoint
CREATE VIEW apify_bi.daily AS
SELECT source, day, created, gone, live, items, inflated_bytes,
  CASE WHEN is_next THEN live - lag(live) OVER days END AS live_change,
  CASE WHEN is_next THEN items - lag(items) OVER days END AS items_change,
  CASE WHEN is_next THEN inflated_bytes - lag(inflated_bytes) OVER days END AS inflated_bytes_change,
  as_of
FROM (
  SELECT source, day, sum(created)::bigint AS created, sum(removed)::bigint AS gone, sum(live)::bigint AS live, sum(items)::bigint AS items,
    sum(inflated_bytes)::bigint AS inflated_bytes, max(as_of) AS as_of,
    lag(day) OVER (PARTITION BY source ORDER BY day) = day - 1 AS is_next
  FROM apify.actor_days GROUP BY source, day
) t
WINDOW days AS (PARTITION BY source ORDER BY day);
--> statement-breakpoint
CREATE VIEW apify_bi.freshness AS
SELECT s.name AS source, success.at AS last_success_at, extract(epoch FROM now() - success.at)::bigint AS last_success_age_seconds,
  s.last_full_pass_at, extract(epoch FROM now() - s.last_full_pass_at)::bigint AS last_full_pass_age_seconds,
  -- A run that is under way makes nothing stale: what is due meanwhile waits for it.
  coalesce(coalesce(newest.running_since, now()) - success.at <= greatest(3 * coalesce(success.usual_gap, interval '20 minutes'), interval '3 minutes'), false)
    AS is_fresh,
  newest.status AS last_status, s.live_rows AS live, s.remote_total, s.remote_total - s.live_rows AS drift
FROM apify.sources s
LEFT JOIN LATERAL (
  SELECT max(finished_at) AS at, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS usual_gap
  FROM (
    SELECT finished_at, finished_at - lag(finished_at) OVER (ORDER BY finished_at) AS gap
    FROM (
      SELECT finished_at FROM apify.sync_runs
      WHERE source = s.name AND status = 'succeeded' ORDER BY finished_at DESC LIMIT 20
    ) last
  ) gaps
) success ON true
LEFT JOIN LATERAL (
  SELECT status, CASE WHEN status = 'running' AND s.lease_expires_at > now() THEN started_at END AS running_since
  FROM apify.sync_runs WHERE source = s.name ORDER BY started_at DESC LIMIT 1
) newest ON true;
--> statement-breakpoint
CREATE VIEW apify_bi.accounts AS
SELECT f.source, s.base_url, s.owner_id, s.owner_name, f.live, coalesce(d.missing, 0) AS missing, coalesce(d.gone, 0) AS gone,
  coalesce(d.named, 0) AS named, coalesce(d.items, 0) AS items, coalesce(d.inflated_bytes, 0) AS inflated_bytes,
  r.days AS retention_days, r.seen AS retention_seen,
  f.last_success_at, f.last_success_age_seconds, f.last_full_pass_at, f.last_full_pass_age_seconds, f.is_fresh, f.remote_total, f.drift,
  CASE
    WHEN f.last_success_at IS NULL THEN 'Incomplete: no run has succeeded yet.'
    WHEN f.last_full_pass_at IS NULL THEN 'Incomplete: no full pass has been proven yet.'
    WHEN f.last_status = 'suspicious' THEN 'Held back: too many datasets would have left the list, see the error of the last run.'
    WHEN NOT f.is_fresh THEN 'Stale: the last success was ' || age.text || ' ago.'
    WHEN abs(f.drift) > greatest(10, 0.02 * f.live) THEN 'Fresh as of ' || age.text || ' ago, but the API counts '
      || abs(f.drift) || CASE WHEN f.drift > 0 THEN ' more' ELSE ' fewer' END || ' datasets than the mirror holds.'
    ELSE 'Complete, and fresh as of ' || age.text || ' ago.'
  END AS verdict
FROM apify_bi.freshness f
JOIN apify.sources s ON s.name = f.source
LEFT JOIN apify.retention r ON r.source = f.source
LEFT JOIN (
  SELECT source, count(*) FILTER (WHERE missing_since IS NOT NULL AND removed_at IS NULL) AS missing,
    count(*) FILTER (WHERE removed_at IS NOT NULL) AS gone,
    count(*) FILTER (WHERE missing_since IS NULL AND name IS NOT NULL) AS named,
    (sum(item_count) FILTER (WHERE missing_since IS NULL))::bigint AS items,
    (sum(apify.stat(stats, 'inflatedBytes')) FILTER (WHERE missing_since IS NULL))::bigint AS inflated_bytes
  FROM apify.datasets GROUP BY source
) d ON d.source = f.source
CROSS JOIN LATERAL (
  SELECT CASE WHEN f.last_success_age_seconds < 120 THEN f.last_success_age_seconds || ' seconds'
    WHEN f.last_success_age_seconds < 7200 THEN f.last_success_age_seconds / 60 || ' minutes'
    WHEN f.last_success_age_seconds < 172800 THEN f.last_success_age_seconds / 3600 || ' hours'
    ELSE f.last_success_age_seconds / 86400 || ' days' END AS text
) age;
--> statement-breakpoint
CREATE VIEW apify_bi.runs AS
SELECT r.id AS sync_run_id, r.source, r.kind, r.trigger, r.status, r.started_at, r.finished_at,
  extract(epoch FROM r.finished_at - r.started_at)::float8 AS duration_seconds, r.complete AS is_complete, r.total, r.count AS read,
  r.pages, r.requests, r.throttled, r.throttled_ms::float8 / 1000 AS throttled_seconds, r.retried, r.realigned, r.reconciled,
  r.inserted, r.updated, r.unchanged, r.missing, r.removed, r.rejected, r.error
FROM apify.sync_runs r;
--> statement-breakpoint
COMMENT ON VIEW apify.retention IS 'Measured retention: how old unnamed datasets of the account itself were when they left; read it in apify_bi.accounts.';
--> statement-breakpoint
COMMENT ON COLUMN apify.retention.source IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify.retention.seen IS 'How many of the last that left (1000 at most) it was measured from.';
--> statement-breakpoint
COMMENT ON COLUMN apify.retention.days IS 'At what age, in days, most of them left; null until 20 have been seen, or while many older ones live.';
--> statement-breakpoint
COMMENT ON VIEW apify_bi.datasets IS 'Every dataset the account has ever listed, one row each. For what there is now: where is_live.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."dataset_key" IS 'Key of the dataset over all accounts: source/dataset_id.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."dataset_id" IS 'Dataset id, as Apify gives it.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."dataset_name" IS 'Unique name of a named dataset; null for an unnamed one.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."title" IS 'Title for people, if one was given.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."is_named" IS 'Whether it has a name. Named datasets never expire.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."is_live" IS 'Whether the account lists it now.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."is_mine" IS 'Whether the account itself owns it; null where that is not known. False: it is shared with the account.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."owner_id" IS 'Id of the owner''s account.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."owner_name" IS 'Name of the owner''s account.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."actor_id" IS 'Id of the Actor whose run created it; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."run_id" IS 'Id of the Actor run that created it; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."created_at" IS 'When it was created, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."created_date" IS 'The day (UTC) it was created on.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."modified_at" IS 'When items were last written, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."accessed_at" IS 'When it was last read or written, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."item_count" IS 'Number of items; of one that is gone, what it held last.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."clean_item_count" IS 'Number of items without empty ones and hidden fields.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."read_count" IS 'Reads that Apify has counted.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."write_count" IS 'Writes that Apify has counted.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."delete_count" IS 'Deletions that Apify has counted.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."inflated_bytes" IS 'Uncompressed size in bytes, as Apify tells it; what is billed is compressed, and less.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."general_access" IS 'Who may read it: ANYONE_WITH_ID_CAN_READ, ANYONE_WITH_NAME_CAN_READ, FOLLOW_USER_SETTING or RESTRICTED.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."age_days" IS 'Whole days since it was created; of one that is gone, until it left.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."idle_days" IS 'Whole days since it was last read or written; of one that is gone, until it left.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."first_seen_at" IS 'When the mirror saw it first.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."changed_at" IS 'When the mirror last saw a change other than of accessed_at and the counters.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."gone_at" IS 'When the mirror noticed that it had left the list; null while it is live.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."gone_because" IS 'A judgement: expired if it was unnamed and left about as old as the measured retention (accounts.retention_days), else deleted. Null while it is live, and for unnamed ones while the retention is not known.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."expires_at" IS 'An estimate: created_at plus the measured retention (accounts.retention_days). Null for named datasets, for those of other owners, and while the retention is not known.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."console_url" IS 'Its page in Apify Console.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.datasets."written_at" IS 'When this row was last written by the mirror, removal included. Grows strictly from commit to commit of an account: remember the largest one you saw, and ask for larger ones.';
--> statement-breakpoint
COMMENT ON VIEW apify_bi.expiring IS 'Unnamed live datasets that will expire, by the retention measured from those that have left. Empty while too few have been seen to leave (accounts.retention_days is null). To keep one, give it a name.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."dataset_key" IS 'Key of the dataset over all accounts: source/dataset_id.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."dataset_id" IS 'Dataset id, as Apify gives it.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."title" IS 'Title for people, if one was given.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."owner_id" IS 'Id of the owner''s account.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."owner_name" IS 'Name of the owner''s account.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."actor_id" IS 'Id of the Actor whose run created it; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."run_id" IS 'Id of the Actor run that created it; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."created_at" IS 'When it was created, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."modified_at" IS 'When items were last written, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."item_count" IS 'Number of items; of one that is gone, what it held last.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."inflated_bytes" IS 'Uncompressed size in bytes, as Apify tells it; what is billed is compressed, and less.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."console_url" IS 'Its page in Apify Console.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."expires_at" IS 'Estimate of when it expires: created_at plus the measured retention (accounts.retention_days).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."expires_date" IS 'The day (UTC) of expires_at.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.expiring."expires_in_days" IS 'Days from now until then, with fractions.';
--> statement-breakpoint
COMMENT ON VIEW apify_bi.growth IS 'What every live dataset has gained lately.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."dataset_key" IS 'Key of the dataset over all accounts: source/dataset_id.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."dataset_id" IS 'Dataset id, as Apify gives it.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."dataset_name" IS 'Unique name of a named dataset; null for an unnamed one.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."title" IS 'Title for people, if one was given.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."is_mine" IS 'Whether the account itself owns it; null where that is not known. False: it is shared with the account.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."actor_id" IS 'Id of the Actor whose run created it; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."created_at" IS 'When it was created, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."item_count" IS 'Number of items; of one that is gone, what it held last.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."inflated_bytes" IS 'Uncompressed size in bytes, as Apify tells it; what is billed is compressed, and less.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."since" IS 'Where counting begins: 30 days ago or, if later, when it was created, or (created before that) when the mirror first saw it. The shorter windows begin no earlier either.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."items_1d" IS 'Items gained in the last day, or since `since` if that is later; negative if it lost some.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."inflated_bytes_1d" IS 'Uncompressed bytes gained in the last day, or since `since` if that is later.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."items_7d" IS 'Items gained in the last 7 days, or since `since` if that is later; negative if it lost some.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."inflated_bytes_7d" IS 'Uncompressed bytes gained in the last 7 days, or since `since` if that is later.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."items_30d" IS 'Items gained in the last 30 days, or since `since` if that is later; negative if it lost some.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.growth."inflated_bytes_30d" IS 'Uncompressed bytes gained in the last 30 days, or since `since` if that is later.';
--> statement-breakpoint
COMMENT ON VIEW apify_bi.changes IS 'What happened to datasets, newest first. Ask for a time (where at > ...), or for one dataset (source and dataset_id): the whole history is long.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.changes."at" IS 'When: created by Apify''s clock, all else when the mirror noticed it.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.changes."kind" IS 'created, changed, gone (it left the list) or back (it is listed again).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.changes."dataset_key" IS 'Key of the dataset over all accounts: source/dataset_id.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.changes."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.changes."dataset_id" IS 'Dataset id, as Apify gives it.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.changes."dataset_name" IS 'Name of the dataset after the change; null for an unnamed one.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.changes."actor_id" IS 'Id of the Actor whose run created it; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.changes."changed_columns" IS 'What changed, such as "item_count, modified_at": columns of apify_bi.datasets, or extra for what has no column. Null where nothing did.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.changes."item_count_before" IS 'Items before the change; null for a new one.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.changes."item_count_after" IS 'Items after the change; null for one that is gone.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.changes."console_url" IS 'Its page in Apify Console.';
--> statement-breakpoint
COMMENT ON VIEW apify_bi.daily IS 'What each day ended with and what it brought, a row for each account and day that was watched. Today''s row is of the last proven full pass.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.daily."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.daily."day" IS 'Day in UTC.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.daily."created" IS 'Datasets created on that day, by Apify''s clock, those included that are gone again.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.daily."gone" IS 'Datasets that left the list on that day.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.daily."live" IS 'Datasets listed at the end of the day.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.daily."items" IS 'Their items.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.daily."inflated_bytes" IS 'Their uncompressed bytes.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.daily."live_change" IS 'live minus that of the day before; null if that day was not watched.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.daily."items_change" IS 'items minus those of the day before; null if that day was not watched.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.daily."inflated_bytes_change" IS 'inflated_bytes minus those of the day before; null if that day was not watched.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.daily."as_of" IS 'The moment the figures are of: the end of the day; of today, the last proven full pass.';
--> statement-breakpoint
COMMENT ON VIEW apify_bi.actor_daily IS 'The same as daily, by Actor: a row for each account, day and Actor with datasets on it.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."day" IS 'Day in UTC.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."created" IS 'Datasets created on that day, by Apify''s clock, those included that are gone again.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."gone" IS 'Datasets that left the list on that day.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."live" IS 'Datasets listed at the end of the day.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."items" IS 'Their items.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."inflated_bytes" IS 'Their uncompressed bytes.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."live_change" IS 'live minus that of the day before; null if that day was not watched.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."items_change" IS 'items minus those of the day before; null if that day was not watched.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."inflated_bytes_change" IS 'inflated_bytes minus those of the day before; null if that day was not watched.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."as_of" IS 'The moment the figures are of: the end of the day; of today, the last proven full pass.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.actor_daily."actor_id" IS 'Id of the Actor; null for the datasets that none created.';
--> statement-breakpoint
COMMENT ON VIEW apify_bi.freshness IS 'Whether the mirror can be trusted now, one row an account; cheap to ask often.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.freshness."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.freshness."last_success_at" IS 'When the last run ended that succeeded.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.freshness."last_success_age_seconds" IS 'Seconds since then.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.freshness."last_full_pass_at" IS 'When the last full pass began that was proven from the first row to the last.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.freshness."last_full_pass_age_seconds" IS 'Seconds since then.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.freshness."is_fresh" IS 'Whether the last success is no older than three times the usual time between successes (3 minutes at least).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.freshness."last_status" IS 'How the newest run ended: succeeded, failed, interrupted, abandoned, suspicious; or running.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.freshness."live" IS 'Datasets that are live in the mirror.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.freshness."remote_total" IS 'Datasets the API says there are; it lags.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.freshness."drift" IS 'remote_total - live: near 0 when the mirror is right.';
--> statement-breakpoint
COMMENT ON VIEW apify_bi.accounts IS 'One row an account: what it holds, and whether the mirror of it can be trusted.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."last_success_at" IS 'When the last run ended that succeeded.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."last_success_age_seconds" IS 'Seconds since then.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."last_full_pass_at" IS 'When the last full pass began that was proven from the first row to the last.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."last_full_pass_age_seconds" IS 'Seconds since then.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."is_fresh" IS 'Whether the last success is no older than three times the usual time between successes (3 minutes at least).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."live" IS 'Datasets that are live in the mirror.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."remote_total" IS 'Datasets the API says there are; it lags.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."drift" IS 'remote_total - live: near 0 when the mirror is right.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."base_url" IS 'The API the account is read from.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."owner_id" IS 'User id of the account; null until it was seen.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."owner_name" IS 'User name of the account.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."missing" IS 'Datasets that were absent once: not live any more, not proven gone yet.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."gone" IS 'Datasets that left the list and were proven gone.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."named" IS 'Live datasets with a name.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."items" IS 'Items of the live datasets.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."inflated_bytes" IS 'Uncompressed bytes of the live datasets.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."retention_days" IS 'Measured retention: how old in days unnamed datasets of the account were lately when they left, at the age most of them had. Null until 20 have been seen, or while many older ones live.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."retention_seen" IS 'From how many of the last that left (1000 at most) it was measured.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.accounts."verdict" IS 'All of this in a sentence.';
--> statement-breakpoint
COMMENT ON VIEW apify_bi.runs IS 'Every run of the mirror, with durations in seconds.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."sync_run_id" IS 'Number of the run.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."kind" IS 'incremental, named or full.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."trigger" IS 'startup, schedule or manual.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."status" IS 'running, succeeded, failed, interrupted (stopped on request), abandoned (the process died) or suspicious (too much would have left the list).';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."started_at" IS 'When it began.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."finished_at" IS 'When it ended; null while it runs.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."duration_seconds" IS 'Seconds from begin to end; null while it runs.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."is_complete" IS 'Whether it read the list to its end, proven.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."total" IS 'Datasets the API said there are.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."read" IS 'Items read.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."pages" IS 'Pages read.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."requests" IS 'Requests sent.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."throttled" IS 'Answers with 429.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."throttled_seconds" IS 'Seconds spent waiting because of them.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."retried" IS 'Requests sent again after a failure.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."realigned" IS 'Times the list had slid and an earlier page was read.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."reconciled" IS 'Pages read to find what left the list.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."inserted" IS 'Datasets seen for the first time.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."updated" IS 'Datasets that had changed.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."unchanged" IS 'Datasets that had not.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."missing" IS 'Datasets that left the live list.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."removed" IS 'Datasets that were proven gone.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."rejected" IS 'Items that could not be mirrored, see apify.rejected_items.';
--> statement-breakpoint
COMMENT ON COLUMN apify_bi.runs."error" IS 'Why it failed; null if it did not.';
--> statement-breakpoint
COMMENT ON TABLE apify.actor_days IS 'What each day (UTC) that was watched ended with, by Actor; read it in apify_bi.daily and apify_bi.actor_daily.';
--> statement-breakpoint
COMMENT ON COLUMN apify.actor_days."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify.actor_days."day" IS 'Day in UTC.';
--> statement-breakpoint
COMMENT ON COLUMN apify.actor_days."act_id" IS 'Id of the Actor; empty for the datasets that none created. Every day has that row, be it zero.';
--> statement-breakpoint
COMMENT ON COLUMN apify.actor_days."as_of" IS 'The moment the row describes: the end of the day, or for a day in progress the last proven full pass.';
--> statement-breakpoint
COMMENT ON COLUMN apify.actor_days."live" IS 'Datasets listed at that moment.';
--> statement-breakpoint
COMMENT ON COLUMN apify.actor_days."items" IS 'Their items.';
--> statement-breakpoint
COMMENT ON COLUMN apify.actor_days."inflated_bytes" IS 'Their uncompressed bytes.';
--> statement-breakpoint
COMMENT ON COLUMN apify.actor_days."created" IS 'Datasets created on that day until then, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify.actor_days."removed" IS 'Datasets that left the list on that day until then.';
