CREATE TABLE `api_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`digest` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_tokens_digest_unique` ON `api_tokens` (`digest`);--> statement-breakpoint
CREATE TABLE `join_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`used_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `join_tokens_digest_unique` ON `join_tokens` (`digest`);--> statement-breakpoint
CREATE TABLE `signing_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`public_jwk` text NOT NULL,
	`private_jwk_sealed` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `destination_states` (
	`destination_id` text PRIMARY KEY NOT NULL,
	`live_stream_id` text NOT NULL,
	`status` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `destination_states_by_stream` ON `destination_states` (`live_stream_id`);--> statement-breakpoint
CREATE TABLE `destinations` (
	`id` text PRIMARY KEY NOT NULL,
	`live_stream_id` text NOT NULL,
	`platform` text NOT NULL,
	`name` text,
	`url` text NOT NULL,
	`stream_key_sealed` text NOT NULL,
	`enabled` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `destinations_by_stream` ON `destinations` (`live_stream_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `changes` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`live_stream_id` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `changes_live_stream_id_unique` ON `changes` (`live_stream_id`);--> statement-breakpoint
CREATE TABLE `events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`live_stream_id` text NOT NULL,
	`type` text NOT NULL,
	`detail` text NOT NULL,
	`at` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_id_unique` ON `events` (`id`);--> statement-breakpoint
CREATE INDEX `events_by_stream` ON `events` (`live_stream_id`,`seq`);--> statement-breakpoint
CREATE TABLE `jobs` (
	`live_stream_id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`claimable_by` text NOT NULL,
	`worker_id` text,
	`fence` integer NOT NULL,
	`lease_until` integer NOT NULL,
	`stop_reason` text,
	`priority` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `jobs_queue` ON `jobs` (`state`,`claimable_by`,`priority`,`created_at`);--> statement-breakpoint
CREATE INDEX `jobs_expiry` ON `jobs` (`state`,`lease_until`);--> statement-breakpoint
CREATE INDEX `jobs_by_worker` ON `jobs` (`worker_id`,`state`);--> statement-breakpoint
CREATE TABLE `live_stream_states` (
	`live_stream_id` text PRIMARY KEY NOT NULL,
	`status` text NOT NULL,
	`status_reason` text,
	`status_detail` text,
	`status_since` text NOT NULL,
	`session_id` text,
	`playable` integer NOT NULL,
	`source` text,
	`renditions` text NOT NULL,
	`issues` text NOT NULL,
	`sample` text
);
--> statement-breakpoint
CREATE TABLE `live_streams` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`enabled` integer NOT NULL,
	`source_type` text NOT NULL,
	`latency_mode` text NOT NULL,
	`reconnect_window` integer NOT NULL,
	`always_on` integer NOT NULL,
	`ladder` text NOT NULL,
	`encoder_preset` text,
	`stream_key_digest` text NOT NULL,
	`stream_key_sealed` text NOT NULL,
	`revision` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `live_streams_stream_key_digest_unique` ON `live_streams` (`stream_key_digest`);--> statement-breakpoint
CREATE INDEX `live_streams_by_age` ON `live_streams` (`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `playback_ids` (
	`id` text PRIMARY KEY NOT NULL,
	`live_stream_id` text NOT NULL,
	`policy` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `playback_ids_by_stream` ON `playback_ids` (`live_stream_id`);--> statement-breakpoint
CREATE TABLE `workers` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`signing_key` text NOT NULL,
	`sealing_key` text NOT NULL,
	`origin_url` text NOT NULL,
	`rtmp_url` text NOT NULL,
	`capacity` text NOT NULL,
	`state` text NOT NULL,
	`last_seen_at` integer NOT NULL,
	`created_at` integer NOT NULL
);
