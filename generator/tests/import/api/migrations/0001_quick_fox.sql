CREATE TABLE `parcels` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`customer_id` text NOT NULL,
	`weight` real DEFAULT 0.5,
	`status` text DEFAULT 'new' NOT NULL,
	FOREIGN KEY (`customer_id`) REFERENCES `customers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `apiKeys` (`keyId` text PRIMARY KEY NOT NULL);
--> statement-breakpoint
CREATE VIEW `heavy` AS SELECT * FROM parcels WHERE weight > 10;
