ALTER TABLE `join_tokens` ADD `name` text;--> statement-breakpoint
ALTER TABLE `join_tokens` ADD `labels` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `join_tokens` ADD `worker_id` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `instance` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `reserved` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `queued_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `is_unfit` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `live_streams` ADD `placement` text DEFAULT '{"labels":[]}' NOT NULL;--> statement-breakpoint
ALTER TABLE `workers` ADD `contract` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `workers` ADD `instance` text;--> statement-breakpoint
ALTER TABLE `workers` ADD `retired_instances` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `workers` ADD `own_labels` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `workers` ADD `given_labels` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `workers` ADD `room` text;--> statement-breakpoint
ALTER TABLE `workers` ADD `drain` text;