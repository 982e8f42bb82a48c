CREATE TABLE `inputs` (
	`id` text PRIMARY KEY NOT NULL,
	`live_stream_id` text NOT NULL,
	`type` text NOT NULL,
	`priority` integer NOT NULL,
	`name` text,
	`urls_sealed` text,
	`shown_urls` text,
	`playlist` integer,
	`loop` integer,
	`quality` text,
	`oauth_token_sealed` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `inputs` (`id`, `live_stream_id`, `type`, `priority`, `created_at`, `updated_at`)
	SELECT 'in_' || lower(hex(randomblob(10))), `id`, `source_type`, 1, `created_at`, `created_at` FROM `live_streams` ORDER BY `created_at`, `id`;
--> statement-breakpoint
UPDATE `live_stream_states` SET `source` = NULL, `sample` = NULL;
--> statement-breakpoint
CREATE INDEX `inputs_by_stream` ON `inputs` (`live_stream_id`,`priority`);--> statement-breakpoint
ALTER TABLE `live_stream_states` ADD `inputs` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `audio` text DEFAULT '{"normalize":false}' NOT NULL;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `pinned_input_id` text;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `srt_passphrase_sealed` text;--> statement-breakpoint
ALTER TABLE `live_streams` DROP COLUMN `source_type`;--> statement-breakpoint
ALTER TABLE `workers` ADD `srt_url` text;