ALTER TABLE `playback_ids` ADD `allowed_origins` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `playback_ids` ADD `token_keys` text DEFAULT '[]' NOT NULL;