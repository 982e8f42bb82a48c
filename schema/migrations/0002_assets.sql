CREATE TABLE `asset_chunks` (
	`asset_id` text NOT NULL,
	`position` integer NOT NULL,
	`body` blob NOT NULL,
	PRIMARY KEY(`asset_id`, `position`)
);
--> statement-breakpoint
CREATE TABLE `assets` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`content_type` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`created_at` integer NOT NULL,
	`completed_at` integer
);
--> statement-breakpoint
CREATE INDEX `assets_by_age` ON `assets` (`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `install_settings` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `live_stream_states` ADD `slate_status` text;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `slate` text DEFAULT '{"before":null,"during":null,"after":null}' NOT NULL;