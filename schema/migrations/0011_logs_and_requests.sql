CREATE TABLE `stream_logs` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`live_stream_id` text NOT NULL,
	`time` text NOT NULL,
	`kept_at` integer NOT NULL,
	`level` text NOT NULL,
	`part` text NOT NULL,
	`msg` text NOT NULL,
	`session` text,
	`line` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `stream_logs_id_unique` ON `stream_logs` (`id`);--> statement-breakpoint
CREATE INDEX `stream_logs_by_stream` ON `stream_logs` (`live_stream_id`,`seq`);--> statement-breakpoint
CREATE INDEX `stream_logs_by_age` ON `stream_logs` (`kept_at`);--> statement-breakpoint
ALTER TABLE `events` ADD `request_id` text;