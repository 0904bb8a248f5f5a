-- Reads and writes the whole table once: some ten seconds for a million datasets.
ALTER TABLE "apify"."datasets" ADD COLUMN "inflated_bytes" bigint GENERATED ALWAYS AS (apify.stat(stats, 'inflatedBytes')) STORED;
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."inflated_bytes" IS 'stats.inflatedBytes, the uncompressed size in bytes; null where Apify sent none.';
--> statement-breakpoint
-- Apify's plans retain for whole days, so the day of age at which most datasets leave is the retention, however many
-- are deleted at other ages. Leaving on the first day counts only if no later day stands out.
CREATE OR REPLACE VIEW apify.retention AS
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
        -- In the order of the index, or the planner reads the whole table to find that there are none.
        ORDER BY created_at LIMIT 21
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
CREATE OR REPLACE VIEW apify_bi.datasets AS
SELECT d.source || '/' || d.id AS dataset_key, d.source, d.id AS dataset_id, d.name AS dataset_name, d.title,
  d.name IS NOT NULL AS is_named, d.missing_since IS NULL AS is_live, d.user_id = s.owner_id AS is_mine,
  d.user_id AS owner_id, d.username AS owner_name, d.act_id AS actor_id, d.act_run_id AS run_id,
  d.created_at, (d.created_at AT TIME ZONE 'UTC')::date AS created_date, d.modified_at, d.accessed_at,
  d.item_count, d.clean_item_count, apify.stat(d.stats, 'readCount') AS read_count,
  apify.stat(d.stats, 'writeCount') AS write_count, apify.stat(d.stats, 'deleteCount') AS delete_count,
  d.inflated_bytes, d.general_access,
  floor(extract(epoch FROM coalesce(d.missing_since, now()) - d.created_at) / 86400)::integer AS age_days,
  floor(extract(epoch FROM coalesce(d.missing_since, now()) - greatest(d.accessed_at, d.modified_at, d.created_at)) / 86400)::integer AS idle_days,
  d.first_seen_at, d.changed_at, d.missing_since AS gone_at,
  CASE WHEN d.missing_since IS NULL THEN NULL WHEN d.name IS NOT NULL THEN 'deleted' WHEN r.days IS NULL THEN NULL
    WHEN d.missing_since - d.created_at >= 0.95 * r.days * interval '1 day' THEN 'expired' ELSE 'deleted' END AS gone_because,
  CASE WHEN d.name IS NULL AND (d.user_id = s.owner_id) IS NOT FALSE THEN d.created_at + r.days * interval '1 day' END AS expires_at,
  'https://console.apify.com/storage/datasets/' || d.id AS console_url, d.written_at,
  date_trunc('month', d.created_at AT TIME ZONE 'UTC')::date AS created_month
FROM apify.datasets d
LEFT JOIN apify.sources s ON s.name = d.source
LEFT JOIN apify.retention r ON r.source = d.source;
--> statement-breakpoint
CREATE OR REPLACE VIEW apify_bi.growth AS
SELECT d.source || '/' || d.id AS dataset_key, d.source, d.id AS dataset_id, d.name AS dataset_name, d.title,
  d.user_id = s.owner_id AS is_mine, d.act_id AS actor_id, d.created_at,
  greatest(now() - interval '30 days', CASE WHEN d.created_at > now() - interval '30 days' THEN d.created_at ELSE d.first_seen_at END) AS since,
  d.item_count, d.inflated_bytes,
  d.item_count - CASE WHEN d.created_at > now() - interval '1 day' THEN 0 WHEN day.id IS NULL THEN d.item_count ELSE day.item_count END AS items_1d,
  d.item_count - CASE WHEN d.created_at > now() - interval '7 days' THEN 0 WHEN week.id IS NULL THEN d.item_count ELSE week.item_count END AS items_7d,
  d.item_count - CASE WHEN d.created_at > now() - interval '30 days' THEN 0 WHEN month.id IS NULL THEN d.item_count ELSE month.item_count END AS items_30d,
  d.inflated_bytes - CASE WHEN d.created_at > now() - interval '1 day' THEN 0
    WHEN day.id IS NULL THEN d.inflated_bytes ELSE day.inflated_bytes END AS inflated_bytes_1d,
  d.inflated_bytes - CASE WHEN d.created_at > now() - interval '7 days' THEN 0
    WHEN week.id IS NULL THEN d.inflated_bytes ELSE week.inflated_bytes END AS inflated_bytes_7d,
  d.inflated_bytes - CASE WHEN d.created_at > now() - interval '30 days' THEN 0
    WHEN month.id IS NULL THEN d.inflated_bytes ELSE month.inflated_bytes END AS inflated_bytes_30d
FROM apify.datasets d
LEFT JOIN apify.sources s ON s.name = d.source
-- The first version that ended since the begin of the window is what the dataset was then, or when it was first seen.
-- A join that a query makes no use of is left out by the planner, since DISTINCT ON makes its key unique.
LEFT JOIN (
  SELECT DISTINCT ON (source, id) source, id, item_count, apify.stat(stats, 'inflatedBytes') AS inflated_bytes FROM apify.dataset_versions
  WHERE valid_to > now() - interval '1 day' ORDER BY source, id, valid_from
) day ON day.source = d.source AND day.id = d.id
LEFT JOIN (
  SELECT DISTINCT ON (source, id) source, id, item_count, apify.stat(stats, 'inflatedBytes') AS inflated_bytes FROM apify.dataset_versions
  WHERE valid_to > now() - interval '7 days' ORDER BY source, id, valid_from
) week ON week.source = d.source AND week.id = d.id
LEFT JOIN (
  SELECT DISTINCT ON (source, id) source, id, item_count, apify.stat(stats, 'inflatedBytes') AS inflated_bytes FROM apify.dataset_versions
  WHERE valid_to > now() - interval '30 days' ORDER BY source, id, valid_from
) month ON month.source = d.source AND month.id = d.id
WHERE d.missing_since IS NULL;
--> statement-breakpoint
CREATE OR REPLACE VIEW apify_bi.accounts AS
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
    (sum(inflated_bytes) FILTER (WHERE missing_since IS NULL))::bigint AS inflated_bytes
  FROM apify.datasets GROUP BY source
) d ON d.source = f.source
CROSS JOIN LATERAL (
  SELECT CASE WHEN f.last_success_age_seconds < 120 THEN f.last_success_age_seconds || ' seconds'
    WHEN f.last_success_age_seconds < 7200 THEN f.last_success_age_seconds / 60 || ' minutes'
    WHEN f.last_success_age_seconds < 172800 THEN f.last_success_age_seconds / 3600 || ' hours'
    ELSE f.last_success_age_seconds / 86400 || ' days' END AS text
) age;
--> statement-breakpoint
CREATE OR REPLACE VIEW apify_bi.changes AS
SELECT e.at, e.kind, e.source || '/' || e.id AS dataset_key, e.source, e.id AS dataset_id, e.name AS dataset_name,
  e.act_id AS actor_id, e.changed_columns, e.item_count_before, e.item_count_after,
  'https://console.apify.com/storage/datasets/' || e.id AS console_url
FROM (
  SELECT d.created_at AS at, 'created' AS kind, d.source, d.id, d.name, d.act_id, NULL AS changed_columns,
    NULL::bigint AS item_count_before, CASE WHEN first.id IS NULL THEN d.item_count ELSE first.item_count END AS item_count_after
  FROM apify.datasets d
  LEFT JOIN LATERAL (
    -- Most have no versions: the last condition saves looking.
    SELECT v.id, v.item_count FROM apify.dataset_versions v
    WHERE v.source = d.source AND v.id = d.id AND d.changed_at > d.first_seen_at ORDER BY v.valid_from LIMIT 1
  ) first ON true
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
