ALTER TABLE `destinations` ADD `over_at` integer;--> statement-breakpoint
ALTER TABLE `events` ADD `destination_id` text;--> statement-breakpoint
ALTER TABLE `events` ADD `input_id` text;