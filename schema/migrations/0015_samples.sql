CREATE TABLE `audience_slots` (
	`live_stream_id` text NOT NULL,
	`at` integer NOT NULL,
	`writer` text NOT NULL,
	`sketch` text NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`live_stream_id`, `at`, `writer`)
);
--> statement-breakpoint
CREATE TABLE `broadcast_audiences` (
	`broadcast_id` text PRIMARY KEY NOT NULL,
	`live_stream_id` text NOT NULL,
	`at` integer NOT NULL,
	`viewers` integer NOT NULL,
	`peak` integer NOT NULL,
	`pages` integer NOT NULL,
	`sketch` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sample_blocks` (
	`subject` text NOT NULL,
	`step` integer NOT NULL,
	`at` integer NOT NULL,
	`batches` integer NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`subject`, `step`, `at`)
);
--> statement-breakpoint
CREATE INDEX `sample_blocks_by_age` ON `sample_blocks` (`step`,`at`);--> statement-breakpoint
CREATE TABLE `samples` (
	`block` integer NOT NULL,
	`subject` text NOT NULL,
	`at` integer NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`block`, `subject`, `at`)
);
