COMMENT ON TABLE apify.datasets IS 'Every dataset the account has listed, one row each; removed ones stay, with removed_at. For the list as it is now use live_datasets.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."id" IS 'Dataset id, as Apify gives it.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."name" IS 'Unique name of a named dataset; null for an unnamed one, which expires with the plan''s retention.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."title" IS 'Title for people, if one was given.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."user_id" IS 'Id of the owner''s account.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."username" IS 'Name of the owner''s account.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."created_at" IS 'When the dataset was created, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."modified_at" IS 'When items were last written, by Apify''s clock; lags some seconds.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."accessed_at" IS 'When the dataset was last read or written, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."item_count" IS 'Number of items; lags some seconds.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."clean_item_count" IS 'Number of items without empty ones and hidden fields; lags some seconds.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."act_id" IS 'Id of the Actor whose run created the dataset; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."act_run_id" IS 'Id of the Actor run that created the dataset; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."general_access" IS 'Who may read it: ANYONE_WITH_ID_CAN_READ, ANYONE_WITH_NAME_CAN_READ, FOLLOW_USER_SETTING or RESTRICTED.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."stats" IS 'Counters as the API sends them: readCount, writeCount, deleteCount, inflatedBytes, ...';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."extra" IS 'Every key the API sends that has no column here; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."content_hash" IS 'Digest of all that the API said of the dataset; the mirror writes a row only when it differs.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."first_seen_at" IS 'When the mirror saw the dataset first.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."changed_at" IS 'When the mirror last saw a change of the dataset other than of accessed_at and stats.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."missing_since" IS 'When a full pass first found the dataset absent from the list; null while it is listed.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."absent_pass" IS 'The full pass (id of its first run) that last found the dataset absent.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."removed_at" IS 'When the absence was confirmed by a later full pass; null while the dataset lives.';
--> statement-breakpoint
COMMENT ON TABLE apify.dataset_versions IS 'What a dataset was before each change; for the list at a moment use the function datasets_as_of(timestamptz).';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."id" IS 'Dataset id, as Apify gives it.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."name" IS 'Unique name of a named dataset; null for an unnamed one, which expires with the plan''s retention.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."title" IS 'Title for people, if one was given.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."user_id" IS 'Id of the owner''s account.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."username" IS 'Name of the owner''s account.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."created_at" IS 'When the dataset was created, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."modified_at" IS 'When items were last written, by Apify''s clock; lags some seconds.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."accessed_at" IS 'When the dataset was last read or written, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."item_count" IS 'Number of items; lags some seconds.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."clean_item_count" IS 'Number of items without empty ones and hidden fields; lags some seconds.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."act_id" IS 'Id of the Actor whose run created the dataset; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."act_run_id" IS 'Id of the Actor run that created the dataset; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."general_access" IS 'Who may read it: ANYONE_WITH_ID_CAN_READ, ANYONE_WITH_NAME_CAN_READ, FOLLOW_USER_SETTING or RESTRICTED.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."stats" IS 'Counters as the API sends them: readCount, writeCount, deleteCount, inflatedBytes, ...';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."extra" IS 'Every key the API sends that has no column here; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."valid_from" IS 'When the mirror saw this version first (inclusive).';
--> statement-breakpoint
COMMENT ON COLUMN apify.dataset_versions."valid_to" IS 'When the mirror saw it superseded, or the dataset gone (exclusive).';
--> statement-breakpoint
COMMENT ON TABLE apify.sources IS 'One row an account that is mirrored here: its scope, its cursors and who works on it.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."name" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."base_url" IS 'API the account is read from.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."unnamed" IS 'Whether unnamed datasets are mirrored too.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."ownership" IS 'ownedByMe or sharedWithMe; null for all that the token may see.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."incremental_offset" IS 'Where the next incremental pass goes on: 1 + the index at which its anchor was last seen.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."incremental_anchor_id" IS 'Everything listed up to and including this dataset is in the mirror.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."incremental_anchor_created_at" IS 'created_at of the anchor.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."incremental_overlap" IS 'Rows before the offset that the next pass asks for, as learned from how far the list slides.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."full_pass" IS 'The full pass in progress (id of its first run); null between passes.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."full_pass_started_at" IS 'When the full pass in progress began.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."full_pass_flawless" IS 'False once a page of the pass in progress could not prove what is absent from it.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."full_offset" IS 'Where the full pass in progress goes on.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."full_anchor_id" IS 'The last dataset the full pass in progress has read.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."full_anchor_created_at" IS 'created_at of that dataset.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."lease_holder" IS 'Process that works on the account: host, process id and a random part.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."lease_fence" IS 'Fencing number: grows with every new holder; a page is written only by the newest.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."lease_expires_at" IS 'Until when the lease is held unless it is renewed.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."lease_busy" IS 'True while a run is under way.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."remote_total" IS 'Length of the list as the API last told it; it lags.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."last_full_pass_at" IS 'End of the last full pass that was proven from the first row to the last.';
--> statement-breakpoint
COMMENT ON TABLE apify.sync_runs IS 'Every run of the mirror: what it asked, what it changed and how it ended.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."id" IS 'Number of the run.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."source" IS 'Account, see sources.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."kind" IS 'incremental: from the cursor to the end; full: the whole list, the only kind that removes.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."trigger" IS 'What began the run: startup, schedule or manual.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."status" IS 'running, succeeded, failed, interrupted (stopped on request), abandoned (the process died) or suspicious (it would have removed too much).';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."started_at" IS 'When the run began.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."finished_at" IS 'When the run ended; null while it runs.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."total" IS 'Length of the list as the API told it last in this run.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."count" IS 'Items read, repeated ones included.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."pages" IS 'Pages accepted.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."requests" IS 'HTTP requests sent.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."throttled" IS 'Answers 429 (too many requests).';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."throttled_ms" IS 'Time spent waiting because of them, milliseconds.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."retried" IS 'Requests sent again after a failure.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."realigned" IS 'Steps back because the list had slid.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."inserted" IS 'Datasets that were new to the mirror.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."updated" IS 'Datasets whose row was written again.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."unchanged" IS 'Items that were in the mirror already, just so.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."removed" IS 'Datasets whose absence was confirmed.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."missing" IS 'Datasets found absent for the first time.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."rejected" IS 'Items that could not be mirrored, see rejected_items.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."offset_from" IS 'Offset of the first request.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."offset_to" IS 'Offset behind the last row read.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."complete" IS 'True if the end of the list was reached and proven.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."error" IS 'Why the run did not succeed, and what can be done.';
--> statement-breakpoint
COMMENT ON TABLE apify.rejected_items IS 'Items the API sent that cannot be mirrored, kept as they came.';
--> statement-breakpoint
COMMENT ON COLUMN apify.rejected_items."run_id" IS 'Run that met the item.';
--> statement-breakpoint
COMMENT ON COLUMN apify.rejected_items."source" IS 'Account, see sources.';
--> statement-breakpoint
COMMENT ON COLUMN apify.rejected_items."offset" IS 'Index of the item in the list.';
--> statement-breakpoint
COMMENT ON COLUMN apify.rejected_items."reason" IS 'What is wrong with the item.';
--> statement-breakpoint
COMMENT ON COLUMN apify.rejected_items."item" IS 'The item; characters that Postgres cannot hold are escaped.';
--> statement-breakpoint
COMMENT ON VIEW apify.live_datasets IS 'The datasets the account has now, as of the last pass.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."source" IS 'Name of the account in the mirror (SOURCE_NAME).';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."id" IS 'Dataset id, as Apify gives it.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."name" IS 'Unique name of a named dataset; null for an unnamed one, which expires with the plan''s retention.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."title" IS 'Title for people, if one was given.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."user_id" IS 'Id of the owner''s account.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."username" IS 'Name of the owner''s account.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."created_at" IS 'When the dataset was created, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."modified_at" IS 'When items were last written, by Apify''s clock; lags some seconds.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."accessed_at" IS 'When the dataset was last read or written, by Apify''s clock.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."item_count" IS 'Number of items; lags some seconds.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."clean_item_count" IS 'Number of items without empty ones and hidden fields; lags some seconds.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."act_id" IS 'Id of the Actor whose run created the dataset; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."act_run_id" IS 'Id of the Actor run that created the dataset; null if none did.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."general_access" IS 'Who may read it: ANYONE_WITH_ID_CAN_READ, ANYONE_WITH_NAME_CAN_READ, FOLLOW_USER_SETTING or RESTRICTED.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."stats" IS 'Counters as the API sends them: readCount, writeCount, deleteCount, inflatedBytes, ...';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."extra" IS 'Every key the API sends that has no column here; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."first_seen_at" IS 'When the mirror saw the dataset first.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."changed_at" IS 'When the mirror last saw a change of the dataset other than of accessed_at and stats.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."missing_since" IS 'When a full pass first found the dataset absent; null nearly always. A second absence removes it.';
--> statement-breakpoint
COMMENT ON VIEW apify.freshness IS 'Whether the mirror can be trusted now, one row an account.';
--> statement-breakpoint
COMMENT ON COLUMN apify.freshness."source" IS 'Account, see sources.';
--> statement-breakpoint
COMMENT ON COLUMN apify.freshness."last_success_at" IS 'End of the last run that succeeded.';
--> statement-breakpoint
COMMENT ON COLUMN apify.freshness."age" IS 'Time since then.';
--> statement-breakpoint
COMMENT ON COLUMN apify.freshness."last_full_pass_at" IS 'End of the last full pass that was proven from the first row to the last.';
--> statement-breakpoint
COMMENT ON COLUMN apify.freshness."live_rows" IS 'Datasets that live in the mirror.';
--> statement-breakpoint
COMMENT ON COLUMN apify.freshness."remote_total" IS 'Datasets the API says there are; it lags.';
--> statement-breakpoint
COMMENT ON COLUMN apify.freshness."drift" IS 'remote_total - live_rows: near 0 when the mirror is right.';
--> statement-breakpoint
CREATE FUNCTION apify.datasets_as_of(moment timestamptz)
RETURNS TABLE (source text, id text, name text, title text, user_id text, username text, created_at timestamptz, modified_at timestamptz, accessed_at timestamptz, item_count bigint, clean_item_count bigint, act_id text, act_run_id text, general_access text, stats jsonb, extra jsonb, valid_from timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT d.source, d.id, d.name, d.title, d.user_id, d.username, d.created_at, d.modified_at, d.accessed_at, d.item_count, d.clean_item_count, d.act_id, d.act_run_id, d.general_access, d.stats, d.extra, d.changed_at
  FROM apify.datasets d
  WHERE d.changed_at <= moment AND (d.removed_at IS NULL OR d.missing_since > moment)
  UNION ALL
  SELECT v.source, v.id, v.name, v.title, v.user_id, v.username, v.created_at, v.modified_at, v.accessed_at, v.item_count, v.clean_item_count, v.act_id, v.act_run_id, v.general_access, v.stats, v.extra, v.valid_from
  FROM apify.dataset_versions v
  WHERE v.valid_from <= moment AND v.valid_to > moment;
END;
--> statement-breakpoint
COMMENT ON FUNCTION apify.datasets_as_of(timestamptz) IS 'The list as the mirror knew it at a moment, one row a dataset.';
--> statement-breakpoint
COMMENT ON TABLE apify.migrations IS 'Migrations of this schema that were applied; kept by the program.';
--> statement-breakpoint
COMMENT ON SCHEMA apify IS 'Mirror of the dataset lists of Apify accounts, kept by apify-dataset-mirror.';
