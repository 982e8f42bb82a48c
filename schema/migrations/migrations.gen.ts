// Made by scripts/build-migrations.ts from the .sql files beside it.
export const migrations: readonly { readonly tag: string; readonly statements: readonly string[] }[] = [
  {
    "tag": "0000_first_tables",
    "statements": [
      "CREATE TABLE `api_tokens` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`name` text NOT NULL,\n\t`digest` text NOT NULL,\n\t`created_at` integer NOT NULL\n);",
      "CREATE UNIQUE INDEX `api_tokens_digest_unique` ON `api_tokens` (`digest`);",
      "CREATE TABLE `join_tokens` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`digest` text NOT NULL,\n\t`created_at` integer NOT NULL,\n\t`expires_at` integer,\n\t`used_at` integer\n);",
      "CREATE UNIQUE INDEX `join_tokens_digest_unique` ON `join_tokens` (`digest`);",
      "CREATE TABLE `signing_keys` (\n\t`kid` text PRIMARY KEY NOT NULL,\n\t`public_jwk` text NOT NULL,\n\t`private_jwk_sealed` text NOT NULL,\n\t`created_at` integer NOT NULL\n);",
      "CREATE TABLE `destination_states` (\n\t`destination_id` text PRIMARY KEY NOT NULL,\n\t`live_stream_id` text NOT NULL,\n\t`status` text NOT NULL\n);",
      "CREATE INDEX `destination_states_by_stream` ON `destination_states` (`live_stream_id`);",
      "CREATE TABLE `destinations` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`live_stream_id` text NOT NULL,\n\t`platform` text NOT NULL,\n\t`name` text,\n\t`url` text NOT NULL,\n\t`stream_key_sealed` text NOT NULL,\n\t`enabled` integer NOT NULL,\n\t`created_at` integer NOT NULL,\n\t`updated_at` integer NOT NULL\n);",
      "CREATE INDEX `destinations_by_stream` ON `destinations` (`live_stream_id`,`created_at`,`id`);",
      "CREATE TABLE `changes` (\n\t`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,\n\t`live_stream_id` text NOT NULL,\n\t`at` integer NOT NULL\n);",
      "CREATE UNIQUE INDEX `changes_live_stream_id_unique` ON `changes` (`live_stream_id`);",
      "CREATE TABLE `events` (\n\t`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,\n\t`id` text NOT NULL,\n\t`live_stream_id` text NOT NULL,\n\t`type` text NOT NULL,\n\t`detail` text NOT NULL,\n\t`at` text NOT NULL\n);",
      "CREATE UNIQUE INDEX `events_id_unique` ON `events` (`id`);",
      "CREATE INDEX `events_by_stream` ON `events` (`live_stream_id`,`seq`);",
      "CREATE TABLE `jobs` (\n\t`live_stream_id` text PRIMARY KEY NOT NULL,\n\t`state` text NOT NULL,\n\t`claimable_by` text NOT NULL,\n\t`worker_id` text,\n\t`fence` integer NOT NULL,\n\t`lease_until` integer NOT NULL,\n\t`stop_reason` text,\n\t`priority` integer NOT NULL,\n\t`created_at` integer NOT NULL\n);",
      "CREATE INDEX `jobs_queue` ON `jobs` (`state`,`claimable_by`,`priority`,`created_at`);",
      "CREATE INDEX `jobs_expiry` ON `jobs` (`state`,`lease_until`);",
      "CREATE INDEX `jobs_by_worker` ON `jobs` (`worker_id`,`state`);",
      "CREATE TABLE `live_stream_states` (\n\t`live_stream_id` text PRIMARY KEY NOT NULL,\n\t`status` text NOT NULL,\n\t`status_reason` text,\n\t`status_detail` text,\n\t`status_since` text NOT NULL,\n\t`session_id` text,\n\t`playable` integer NOT NULL,\n\t`source` text,\n\t`renditions` text NOT NULL,\n\t`issues` text NOT NULL,\n\t`sample` text\n);",
      "CREATE TABLE `live_streams` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`name` text NOT NULL,\n\t`enabled` integer NOT NULL,\n\t`source_type` text NOT NULL,\n\t`latency_mode` text NOT NULL,\n\t`reconnect_window` integer NOT NULL,\n\t`always_on` integer NOT NULL,\n\t`ladder` text NOT NULL,\n\t`encoder_preset` text,\n\t`stream_key_digest` text NOT NULL,\n\t`stream_key_sealed` text NOT NULL,\n\t`revision` integer NOT NULL,\n\t`created_at` integer NOT NULL,\n\t`updated_at` integer NOT NULL\n);",
      "CREATE UNIQUE INDEX `live_streams_stream_key_digest_unique` ON `live_streams` (`stream_key_digest`);",
      "CREATE INDEX `live_streams_by_age` ON `live_streams` (`created_at`,`id`);",
      "CREATE TABLE `playback_ids` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`live_stream_id` text NOT NULL,\n\t`policy` text NOT NULL,\n\t`created_at` integer NOT NULL\n);",
      "CREATE INDEX `playback_ids_by_stream` ON `playback_ids` (`live_stream_id`);",
      "CREATE TABLE `workers` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`name` text NOT NULL,\n\t`version` text NOT NULL,\n\t`signing_key` text NOT NULL,\n\t`sealing_key` text NOT NULL,\n\t`origin_url` text NOT NULL,\n\t`rtmp_url` text NOT NULL,\n\t`capacity` text NOT NULL,\n\t`state` text NOT NULL,\n\t`last_seen_at` integer NOT NULL,\n\t`created_at` integer NOT NULL\n);"
    ]
  },
  {
    "tag": "0001_inputs",
    "statements": [
      "CREATE TABLE `inputs` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`live_stream_id` text NOT NULL,\n\t`type` text NOT NULL,\n\t`priority` integer NOT NULL,\n\t`name` text,\n\t`urls_sealed` text,\n\t`shown_urls` text,\n\t`playlist` integer,\n\t`loop` integer,\n\t`quality` text,\n\t`oauth_token_sealed` text,\n\t`created_at` integer NOT NULL,\n\t`updated_at` integer NOT NULL\n);",
      "INSERT INTO `inputs` (`id`, `live_stream_id`, `type`, `priority`, `created_at`, `updated_at`)\n\tSELECT 'in_' || lower(hex(randomblob(10))), `id`, `source_type`, 1, `created_at`, `created_at` FROM `live_streams` ORDER BY `created_at`, `id`;",
      "UPDATE `live_stream_states` SET `source` = NULL, `sample` = NULL;",
      "CREATE INDEX `inputs_by_stream` ON `inputs` (`live_stream_id`,`priority`);",
      "ALTER TABLE `live_stream_states` ADD `inputs` text DEFAULT '[]' NOT NULL;",
      "ALTER TABLE `live_streams` ADD `audio` text DEFAULT '{\"normalize\":false}' NOT NULL;",
      "ALTER TABLE `live_streams` ADD `pinned_input_id` text;",
      "ALTER TABLE `live_streams` ADD `srt_passphrase_sealed` text;",
      "ALTER TABLE `live_streams` DROP COLUMN `source_type`;",
      "ALTER TABLE `workers` ADD `srt_url` text;"
    ]
  },
  {
    "tag": "0002_assets",
    "statements": [
      "CREATE TABLE `asset_chunks` (\n\t`asset_id` text NOT NULL,\n\t`position` integer NOT NULL,\n\t`body` blob NOT NULL,\n\tPRIMARY KEY(`asset_id`, `position`)\n);",
      "CREATE TABLE `assets` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`kind` text NOT NULL,\n\t`name` text NOT NULL,\n\t`content_type` text NOT NULL,\n\t`size_bytes` integer NOT NULL,\n\t`sha256` text NOT NULL,\n\t`created_at` integer NOT NULL,\n\t`completed_at` integer\n);",
      "CREATE INDEX `assets_by_age` ON `assets` (`created_at`,`id`);",
      "CREATE TABLE `install_settings` (\n\t`name` text PRIMARY KEY NOT NULL,\n\t`value` text NOT NULL\n);",
      "ALTER TABLE `live_stream_states` ADD `slate_status` text;",
      "ALTER TABLE `live_streams` ADD `slate` text DEFAULT '{\"before\":null,\"during\":null,\"after\":null}' NOT NULL;"
    ]
  },
  {
    "tag": "0003_destination_profiles",
    "statements": [
      "ALTER TABLE `destinations` ADD `profile` text DEFAULT '\"auto\"' NOT NULL;"
    ]
  },
  {
    "tag": "0004_qualities_and_rules",
    "statements": [
      "CREATE TABLE `destination_checks` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`live_stream_id` text NOT NULL,\n\t`worker_id` text NOT NULL,\n\t`url` text NOT NULL,\n\t`ca_pem` text,\n\t`secrets_sealed` text NOT NULL,\n\t`created_at` integer NOT NULL,\n\t`result` text\n);",
      "CREATE INDEX `destination_checks_by_worker` ON `destination_checks` (`worker_id`,`created_at`);",
      "ALTER TABLE `destinations` ADD `start` text DEFAULT 'with_stream' NOT NULL;",
      "ALTER TABLE `destinations` ADD `ordered` text;",
      "ALTER TABLE `destinations` ADD `stop_at` integer;",
      "ALTER TABLE `destinations` ADD `max_duration_s` integer;",
      "ALTER TABLE `destinations` ADD `roll_over` integer DEFAULT false NOT NULL;",
      "ALTER TABLE `destinations` ADD `ca_pem` text;",
      "ALTER TABLE `destinations` ADD `srt_passphrase_sealed` text;",
      "ALTER TABLE `live_streams` ADD `encoder` text DEFAULT 'auto' NOT NULL;",
      "ALTER TABLE `live_streams` ADD `no_software_fallback` integer DEFAULT false NOT NULL;",
      "ALTER TABLE `live_streams` ADD `upscale` text DEFAULT 'off' NOT NULL;",
      "ALTER TABLE `live_streams` ADD `upscale_height` integer DEFAULT 1080 NOT NULL;",
      "ALTER TABLE `live_streams` ADD `packaging` text DEFAULT '{\"part_s\":null,\"segment_s\":null,\"window_segments\":null}' NOT NULL;"
    ]
  },
  {
    "tag": "0005_order_times",
    "statements": [
      "ALTER TABLE `destinations` ADD `ordered_at` integer;"
    ]
  },
  {
    "tag": "0006_broadcasts",
    "statements": [
      "CREATE TABLE `broadcast_moments` (\n\t`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,\n\t`id` text NOT NULL,\n\t`broadcast_id` text NOT NULL,\n\t`at` text NOT NULL,\n\t`type` text NOT NULL,\n\t`detail` text NOT NULL,\n\t`destination_id` text,\n\t`input_id` text\n);",
      "CREATE UNIQUE INDEX `broadcast_moments_id_unique` ON `broadcast_moments` (`id`);",
      "CREATE INDEX `broadcast_moments_by_broadcast` ON `broadcast_moments` (`broadcast_id`,`seq`);",
      "CREATE TABLE `broadcast_points` (\n\t`broadcast_id` text NOT NULL,\n\t`at` text NOT NULL,\n\t`point` text NOT NULL,\n\tPRIMARY KEY(`broadcast_id`, `at`)\n);",
      "CREATE TABLE `broadcasts` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`live_stream_id` text NOT NULL,\n\t`session_id` text NOT NULL,\n\t`worker_id` text NOT NULL,\n\t`fence` integer NOT NULL,\n\t`name` text NOT NULL,\n\t`started_at` text NOT NULL,\n\t`known_until` text NOT NULL,\n\t`end_reason` text,\n\t`end_detail` text,\n\t`tally` text NOT NULL\n);",
      "CREATE INDEX `broadcasts_by_stream` ON `broadcasts` (`live_stream_id`,`started_at`,`id`);"
    ]
  },
  {
    "tag": "0007_stream_plan",
    "statements": [
      "ALTER TABLE `live_stream_states` ADD `plan` text;"
    ]
  },
  {
    "tag": "0008_moment_reasons",
    "statements": [
      "ALTER TABLE `broadcast_moments` ADD `reason` text;"
    ]
  },
  {
    "tag": "0009_subjects_and_over_times",
    "statements": [
      "ALTER TABLE `destinations` ADD `over_at` integer;",
      "ALTER TABLE `events` ADD `destination_id` text;",
      "ALTER TABLE `events` ADD `input_id` text;"
    ]
  },
  {
    "tag": "0010_last_source",
    "statements": [
      "ALTER TABLE `live_stream_states` ADD `last_source` text;"
    ]
  },
  {
    "tag": "0011_logs_and_requests",
    "statements": [
      "CREATE TABLE `stream_logs` (\n\t`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,\n\t`id` text NOT NULL,\n\t`live_stream_id` text NOT NULL,\n\t`time` text NOT NULL,\n\t`kept_at` integer NOT NULL,\n\t`level` text NOT NULL,\n\t`part` text NOT NULL,\n\t`msg` text NOT NULL,\n\t`session` text,\n\t`line` text NOT NULL\n);",
      "CREATE UNIQUE INDEX `stream_logs_id_unique` ON `stream_logs` (`id`);",
      "CREATE INDEX `stream_logs_by_stream` ON `stream_logs` (`live_stream_id`,`seq`);",
      "CREATE INDEX `stream_logs_by_age` ON `stream_logs` (`kept_at`);",
      "ALTER TABLE `events` ADD `request_id` text;"
    ]
  },
  {
    "tag": "0012_access",
    "statements": [
      "CREATE TABLE `audit_log` (\n\t`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,\n\t`id` text NOT NULL,\n\t`at` integer NOT NULL,\n\t`actor_token_id` text,\n\t`actor_user_id` text,\n\t`actor_name` text NOT NULL,\n\t`action` text NOT NULL,\n\t`outcome` text NOT NULL,\n\t`target_type` text NOT NULL,\n\t`target_id` text,\n\t`target_name` text,\n\t`live_stream_id` text,\n\t`before` text,\n\t`after` text,\n\t`detail` text,\n\t`request_id` text NOT NULL\n);",
      "CREATE UNIQUE INDEX `audit_log_id_unique` ON `audit_log` (`id`);",
      "CREATE INDEX `audit_log_by_stream` ON `audit_log` (`live_stream_id`,`seq`);",
      "CREATE INDEX `audit_log_by_target` ON `audit_log` (`target_id`,`seq`);",
      "CREATE INDEX `audit_log_by_token` ON `audit_log` (`actor_token_id`,`seq`);",
      "CREATE INDEX `audit_log_by_user` ON `audit_log` (`actor_user_id`,`seq`);",
      "CREATE INDEX `audit_log_by_outcome` ON `audit_log` (`outcome`,`seq`);",
      "CREATE INDEX `audit_log_by_time` ON `audit_log` (`at`);",
      "CREATE TABLE `web_sessions` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`digest` text NOT NULL,\n\t`token_id` text NOT NULL,\n\t`browser` text NOT NULL,\n\t`created_at` integer NOT NULL,\n\t`expires_at` integer NOT NULL\n);",
      "CREATE UNIQUE INDEX `web_sessions_digest_unique` ON `web_sessions` (`digest`);",
      "CREATE INDEX `web_sessions_by_token` ON `web_sessions` (`token_id`);",
      "CREATE INDEX `web_sessions_by_end` ON `web_sessions` (`expires_at`);",
      "CREATE TABLE `invitations` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`digest` text NOT NULL,\n\t`role` text NOT NULL,\n\t`name` text,\n\t`user_id` text,\n\t`created_by` text NOT NULL,\n\t`created_at` integer NOT NULL,\n\t`expires_at` integer NOT NULL,\n\t`used_at` integer\n);",
      "CREATE UNIQUE INDEX `invitations_digest_unique` ON `invitations` (`digest`);",
      "CREATE INDEX `invitations_by_user` ON `invitations` (`user_id`);",
      "CREATE TABLE `users` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`name` text NOT NULL,\n\t`role` text NOT NULL,\n\t`created_at` integer NOT NULL\n);",
      "ALTER TABLE `api_tokens` ADD `kind` text DEFAULT 'api' NOT NULL;",
      "ALTER TABLE `api_tokens` ADD `scopes` text DEFAULT '[\"read\",\"write\",\"admin\"]' NOT NULL;",
      "ALTER TABLE `api_tokens` ADD `live_stream_id` text;",
      "ALTER TABLE `api_tokens` ADD `user_id` text;",
      "ALTER TABLE `api_tokens` ADD `created_by` text;",
      "ALTER TABLE `api_tokens` ADD `expires_at` integer;",
      "ALTER TABLE `api_tokens` ADD `last_used_at` integer;",
      "CREATE INDEX `api_tokens_by_user` ON `api_tokens` (`user_id`);",
      "CREATE INDEX `api_tokens_by_stream` ON `api_tokens` (`live_stream_id`);",
      "ALTER TABLE `signing_keys` ADD `signs_from` integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE `signing_keys` ADD `retires_at` integer;",
      "ALTER TABLE `live_streams` ADD `previous_key_digest` text;",
      "ALTER TABLE `live_streams` ADD `previous_passphrase_sealed` text;",
      "ALTER TABLE `live_streams` ADD `previous_key_until` integer;",
      "CREATE INDEX `live_streams_by_previous_key` ON `live_streams` (`previous_key_digest`);"
    ]
  },
  {
    "tag": "0013_playback_rules",
    "statements": [
      "ALTER TABLE `playback_ids` ADD `allowed_origins` text DEFAULT '[]' NOT NULL;",
      "ALTER TABLE `playback_ids` ADD `token_keys` text DEFAULT '[]' NOT NULL;"
    ]
  },
  {
    "tag": "0014_idempotency_keys",
    "statements": [
      "CREATE TABLE `idempotency_keys` (\n\t`principal` text NOT NULL,\n\t`key` text NOT NULL,\n\t`fingerprint` text NOT NULL,\n\t`started_at` integer NOT NULL,\n\t`answer_sealed` text,\n\tPRIMARY KEY(`principal`, `key`)\n);",
      "CREATE INDEX `idempotency_keys_by_start` ON `idempotency_keys` (`started_at`);"
    ]
  },
  {
    "tag": "0015_samples",
    "statements": [
      "CREATE TABLE `audience_slots` (\n\t`live_stream_id` text NOT NULL,\n\t`at` integer NOT NULL,\n\t`writer` text NOT NULL,\n\t`sketch` text NOT NULL,\n\t`text` text NOT NULL,\n\tPRIMARY KEY(`live_stream_id`, `at`, `writer`)\n);",
      "CREATE TABLE `broadcast_audiences` (\n\t`broadcast_id` text PRIMARY KEY NOT NULL,\n\t`live_stream_id` text NOT NULL,\n\t`at` integer NOT NULL,\n\t`viewers` integer NOT NULL,\n\t`peak` integer NOT NULL,\n\t`pages` integer NOT NULL,\n\t`sketch` text NOT NULL\n);",
      "CREATE TABLE `sample_blocks` (\n\t`subject` text NOT NULL,\n\t`step` integer NOT NULL,\n\t`at` integer NOT NULL,\n\t`batches` integer NOT NULL,\n\t`text` text NOT NULL,\n\tPRIMARY KEY(`subject`, `step`, `at`)\n);",
      "CREATE INDEX `sample_blocks_by_age` ON `sample_blocks` (`step`,`at`);",
      "CREATE TABLE `samples` (\n\t`block` integer NOT NULL,\n\t`subject` text NOT NULL,\n\t`at` integer NOT NULL,\n\t`text` text NOT NULL,\n\tPRIMARY KEY(`block`, `subject`, `at`)\n);"
    ]
  },
  {
    "tag": "0016_webhooks_and_alerts",
    "statements": [
      "CREATE TABLE `alerts` (\n\t`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,\n\t`id` text NOT NULL,\n\t`kind` text NOT NULL,\n\t`subject_id` text NOT NULL,\n\t`open_key` text,\n\t`live_stream_id` text,\n\t`severity` text NOT NULL,\n\t`state` text NOT NULL,\n\t`subject` text NOT NULL,\n\t`detail` text NOT NULL,\n\t`fix` text NOT NULL,\n\t`since` integer NOT NULL,\n\t`clear_since` integer,\n\t`raised_at` integer,\n\t`resolved_at` integer,\n\t`returns` integer DEFAULT 0 NOT NULL,\n\t`acknowledged_at` integer,\n\t`acknowledged_by` text,\n\t`told_state` text,\n\t`told_at` integer,\n\t`told` integer DEFAULT 0 NOT NULL,\n\t`version` integer DEFAULT 1 NOT NULL\n);",
      "CREATE UNIQUE INDEX `alerts_id_unique` ON `alerts` (`id`);",
      "CREATE UNIQUE INDEX `alerts_open_key_unique` ON `alerts` (`open_key`);",
      "CREATE INDEX `alerts_by_state` ON `alerts` (`state`,`seq`);",
      "CREATE TABLE `webhook_deliveries` (\n\t`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,\n\t`id` text NOT NULL,\n\t`webhook_id` text NOT NULL,\n\t`message_id` text NOT NULL,\n\t`type` text NOT NULL,\n\t`live_stream_id` text,\n\t`at` text NOT NULL,\n\t`body` text NOT NULL,\n\t`state` text NOT NULL,\n\t`attempts` integer NOT NULL,\n\t`first_attempt_at` integer,\n\t`last_attempt_at` integer,\n\t`next_attempt_at` integer,\n\t`response_status` integer,\n\t`response_ms` integer,\n\t`response_body` text,\n\t`error` text\n);",
      "CREATE UNIQUE INDEX `webhook_deliveries_id_unique` ON `webhook_deliveries` (`id`);",
      "CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`webhook_id`,`next_attempt_at`);",
      "CREATE INDEX `webhook_deliveries_listed` ON `webhook_deliveries` (`webhook_id`,`state`,`seq`);",
      "CREATE UNIQUE INDEX `webhook_deliveries_once` ON `webhook_deliveries` (`webhook_id`,`message_id`);",
      "CREATE TABLE `webhooks` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`url` text NOT NULL,\n\t`description` text NOT NULL,\n\t`events` text NOT NULL,\n\t`live_stream_id` text,\n\t`enabled` integer NOT NULL,\n\t`disabled_reason` text,\n\t`disabled_at` integer,\n\t`secret_sealed` text NOT NULL,\n\t`previous_secret_sealed` text,\n\t`previous_secret_until` integer,\n\t`failing_since` integer,\n\t`failures` integer DEFAULT 0 NOT NULL,\n\t`created_at` integer NOT NULL,\n\t`updated_at` integer NOT NULL\n);",
      "ALTER TABLE `events` ADD `sequence` integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE `workers` ADD `disk` text;"
    ]
  },
  {
    "tag": "0017_tell_webhooks",
    "statements": [
      "UPDATE events SET sequence = (SELECT count(*) FROM events AS earlier\n  WHERE earlier.live_stream_id = events.live_stream_id AND earlier.seq <= events.seq);",
      "CREATE TRIGGER tell_webhooks AFTER INSERT ON events BEGIN\n  UPDATE events SET sequence = 1 + coalesce((\n      SELECT earlier.sequence FROM events AS earlier\n      WHERE earlier.live_stream_id = NEW.live_stream_id AND earlier.seq < NEW.seq\n      ORDER BY earlier.seq DESC LIMIT 1), 0)\n    WHERE seq = NEW.seq;\n  INSERT OR IGNORE INTO webhook_deliveries\n      (id, webhook_id, message_id, type, live_stream_id, at, body, state, attempts, next_attempt_at)\n    SELECT 'whd_' || lower(hex(randomblob(10))), webhooks.id, NEW.id, NEW.type, NEW.live_stream_id, NEW.at,\n      json_object('type', NEW.type, 'timestamp', NEW.at, 'data', json_object(\n        'id', NEW.id,\n        'sequence', (SELECT told.sequence FROM events AS told WHERE told.seq = NEW.seq),\n        'live_stream_id', NEW.live_stream_id,\n        'live_stream_name', (SELECT name FROM live_streams WHERE live_streams.id = NEW.live_stream_id),\n        'detail', NEW.detail,\n        'destination_id', NEW.destination_id,\n        'input_id', NEW.input_id,\n        'request_id', NEW.request_id)),\n      'waiting', 0, 0\n    FROM webhooks\n    WHERE webhooks.enabled AND coalesce(webhooks.live_stream_id, NEW.live_stream_id) = NEW.live_stream_id\n      AND EXISTS (SELECT 1 FROM json_each(webhooks.events) AS wanted WHERE NEW.type GLOB wanted.value);\nEND;"
    ]
  },
  {
    "tag": "0018_placement_and_instances",
    "statements": [
      "ALTER TABLE `join_tokens` ADD `name` text;",
      "ALTER TABLE `join_tokens` ADD `labels` text DEFAULT '[]' NOT NULL;",
      "ALTER TABLE `join_tokens` ADD `worker_id` text;",
      "ALTER TABLE `jobs` ADD `instance` text;",
      "ALTER TABLE `jobs` ADD `reserved` text;",
      "ALTER TABLE `jobs` ADD `queued_at` integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE `jobs` ADD `is_unfit` integer DEFAULT false NOT NULL;",
      "ALTER TABLE `live_streams` ADD `placement` text DEFAULT '{\"labels\":[]}' NOT NULL;",
      "ALTER TABLE `workers` ADD `contract` integer DEFAULT 1 NOT NULL;",
      "ALTER TABLE `workers` ADD `instance` text;",
      "ALTER TABLE `workers` ADD `retired_instances` text DEFAULT '[]' NOT NULL;",
      "ALTER TABLE `workers` ADD `own_labels` text DEFAULT '[]' NOT NULL;",
      "ALTER TABLE `workers` ADD `given_labels` text DEFAULT '[]' NOT NULL;",
      "ALTER TABLE `workers` ADD `room` text;",
      "ALTER TABLE `workers` ADD `drain` text;"
    ]
  },
  {
    "tag": "0019_former_holders",
    "statements": [
      "ALTER TABLE `jobs` ADD `former_workers` text DEFAULT '[]' NOT NULL;"
    ]
  },
  {
    "tag": "0020_queue_order",
    "statements": [
      "DROP INDEX `jobs_queue`;",
      "CREATE INDEX `jobs_queue` ON `jobs` (`state`,`claimable_by`,`is_unfit`,\"priority\" DESC,`created_at`);"
    ]
  },
  {
    "tag": "0021_event_sessions",
    "statements": [
      "ALTER TABLE `events` ADD `session_id` text;",
      "DROP TRIGGER tell_webhooks;",
      "CREATE TRIGGER tell_webhooks AFTER INSERT ON events BEGIN\n  UPDATE events SET sequence = 1 + coalesce((\n      SELECT earlier.sequence FROM events AS earlier\n      WHERE earlier.live_stream_id = NEW.live_stream_id AND earlier.seq < NEW.seq\n      ORDER BY earlier.seq DESC LIMIT 1), 0)\n    WHERE seq = NEW.seq;\n  INSERT OR IGNORE INTO webhook_deliveries\n      (id, webhook_id, message_id, type, live_stream_id, at, body, state, attempts, next_attempt_at)\n    SELECT 'whd_' || lower(hex(randomblob(10))), webhooks.id, NEW.id, NEW.type, NEW.live_stream_id, NEW.at,\n      json_object('type', NEW.type, 'timestamp', NEW.at, 'data', json_object(\n        'id', NEW.id,\n        'sequence', (SELECT told.sequence FROM events AS told WHERE told.seq = NEW.seq),\n        'live_stream_id', NEW.live_stream_id,\n        'live_stream_name', (SELECT name FROM live_streams WHERE live_streams.id = NEW.live_stream_id),\n        'detail', NEW.detail,\n        'destination_id', NEW.destination_id,\n        'input_id', NEW.input_id,\n        'request_id', NEW.request_id,\n        'session_id', NEW.session_id)),\n      'waiting', 0, 0\n    FROM webhooks\n    WHERE webhooks.enabled AND coalesce(webhooks.live_stream_id, NEW.live_stream_id) = NEW.live_stream_id\n      AND EXISTS (SELECT 1 FROM json_each(webhooks.events) AS wanted WHERE NEW.type GLOB wanted.value);\nEND;"
    ]
  }
]
