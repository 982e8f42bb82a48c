DROP INDEX `jobs_queue`;--> statement-breakpoint
CREATE INDEX `jobs_queue` ON `jobs` (`state`,`claimable_by`,`is_unfit`,"priority" DESC,`created_at`);