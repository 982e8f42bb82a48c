CREATE TABLE `broadcast_moments` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`broadcast_id` text NOT NULL,
	`at` text NOT NULL,
	`type` text NOT NULL,
	`detail` text NOT NULL,
	`destination_id` text,
	`input_id` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `broadcast_moments_id_unique` ON `broadcast_moments` (`id`);--> statement-breakpoint
CREATE INDEX `broadcast_moments_by_broadcast` ON `broadcast_moments` (`broadcast_id`,`seq`);--> statement-breakpoint
CREATE TABLE `broadcast_points` (
	`broadcast_id` text NOT NULL,
	`at` text NOT NULL,
	`point` text NOT NULL,
	PRIMARY KEY(`broadcast_id`, `at`)
);
--> statement-breakpoint
CREATE TABLE `broadcasts` (
	`id` text PRIMARY KEY NOT NULL,
	`live_stream_id` text NOT NULL,
	`session_id` text NOT NULL,
	`worker_id` text NOT NULL,
	`fence` integer NOT NULL,
	`name` text NOT NULL,
	`started_at` text NOT NULL,
	`known_until` text NOT NULL,
	`end_reason` text,
	`end_detail` text,
	`tally` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `broadcasts_by_stream` ON `broadcasts` (`live_stream_id`,`started_at`,`id`);