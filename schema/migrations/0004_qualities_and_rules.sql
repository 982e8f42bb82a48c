CREATE TABLE `destination_checks` (
	`id` text PRIMARY KEY NOT NULL,
	`live_stream_id` text NOT NULL,
	`worker_id` text NOT NULL,
	`url` text NOT NULL,
	`ca_pem` text,
	`secrets_sealed` text NOT NULL,
	`created_at` integer NOT NULL,
	`result` text
);
--> statement-breakpoint
CREATE INDEX `destination_checks_by_worker` ON `destination_checks` (`worker_id`,`created_at`);--> statement-breakpoint
ALTER TABLE `destinations` ADD `start` text DEFAULT 'with_stream' NOT NULL;--> statement-breakpoint
ALTER TABLE `destinations` ADD `ordered` text;--> statement-breakpoint
ALTER TABLE `destinations` ADD `stop_at` integer;--> statement-breakpoint
ALTER TABLE `destinations` ADD `max_duration_s` integer;--> statement-breakpoint
ALTER TABLE `destinations` ADD `roll_over` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `destinations` ADD `ca_pem` text;--> statement-breakpoint
ALTER TABLE `destinations` ADD `srt_passphrase_sealed` text;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `encoder` text DEFAULT 'auto' NOT NULL;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `no_software_fallback` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `upscale` text DEFAULT 'off' NOT NULL;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `upscale_height` integer DEFAULT 1080 NOT NULL;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `packaging` text DEFAULT '{"part_s":null,"segment_s":null,"window_segments":null}' NOT NULL;