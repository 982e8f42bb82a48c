CREATE TABLE `audit_log` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`at` integer NOT NULL,
	`actor_token_id` text,
	`actor_user_id` text,
	`actor_name` text NOT NULL,
	`action` text NOT NULL,
	`outcome` text NOT NULL,
	`target_type` text NOT NULL,
	`target_id` text,
	`target_name` text,
	`live_stream_id` text,
	`before` text,
	`after` text,
	`detail` text,
	`request_id` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_log_id_unique` ON `audit_log` (`id`);--> statement-breakpoint
CREATE INDEX `audit_log_by_stream` ON `audit_log` (`live_stream_id`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_log_by_target` ON `audit_log` (`target_id`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_log_by_token` ON `audit_log` (`actor_token_id`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_log_by_user` ON `audit_log` (`actor_user_id`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_log_by_outcome` ON `audit_log` (`outcome`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_log_by_time` ON `audit_log` (`at`);--> statement-breakpoint
CREATE TABLE `web_sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`token_id` text NOT NULL,
	`browser` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `web_sessions_digest_unique` ON `web_sessions` (`digest`);--> statement-breakpoint
CREATE INDEX `web_sessions_by_token` ON `web_sessions` (`token_id`);--> statement-breakpoint
CREATE INDEX `web_sessions_by_end` ON `web_sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` text PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`role` text NOT NULL,
	`name` text,
	`user_id` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`used_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `invitations_digest_unique` ON `invitations` (`digest`);--> statement-breakpoint
CREATE INDEX `invitations_by_user` ON `invitations` (`user_id`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `api_tokens` ADD `kind` text DEFAULT 'api' NOT NULL;--> statement-breakpoint
ALTER TABLE `api_tokens` ADD `scopes` text DEFAULT '["read","write","admin"]' NOT NULL;--> statement-breakpoint
ALTER TABLE `api_tokens` ADD `live_stream_id` text;--> statement-breakpoint
ALTER TABLE `api_tokens` ADD `user_id` text;--> statement-breakpoint
ALTER TABLE `api_tokens` ADD `created_by` text;--> statement-breakpoint
ALTER TABLE `api_tokens` ADD `expires_at` integer;--> statement-breakpoint
ALTER TABLE `api_tokens` ADD `last_used_at` integer;--> statement-breakpoint
CREATE INDEX `api_tokens_by_user` ON `api_tokens` (`user_id`);--> statement-breakpoint
CREATE INDEX `api_tokens_by_stream` ON `api_tokens` (`live_stream_id`);--> statement-breakpoint
ALTER TABLE `signing_keys` ADD `signs_from` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `signing_keys` ADD `retires_at` integer;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `previous_key_digest` text;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `previous_passphrase_sealed` text;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `previous_key_until` integer;--> statement-breakpoint
CREATE INDEX `live_streams_by_previous_key` ON `live_streams` (`previous_key_digest`);