ALTER TABLE `events` ADD `session_id` text;
--> statement-breakpoint
DROP TRIGGER tell_webhooks;
--> statement-breakpoint
CREATE TRIGGER tell_webhooks AFTER INSERT ON events BEGIN
  UPDATE events SET sequence = 1 + coalesce((
      SELECT earlier.sequence FROM events AS earlier
      WHERE earlier.live_stream_id = NEW.live_stream_id AND earlier.seq < NEW.seq
      ORDER BY earlier.seq DESC LIMIT 1), 0)
    WHERE seq = NEW.seq;
  INSERT OR IGNORE INTO webhook_deliveries
      (id, webhook_id, message_id, type, live_stream_id, at, body, state, attempts, next_attempt_at)
    SELECT 'whd_' || lower(hex(randomblob(10))), webhooks.id, NEW.id, NEW.type, NEW.live_stream_id, NEW.at,
      json_object('type', NEW.type, 'timestamp', NEW.at, 'data', json_object(
        'id', NEW.id,
        'sequence', (SELECT told.sequence FROM events AS told WHERE told.seq = NEW.seq),
        'live_stream_id', NEW.live_stream_id,
        'live_stream_name', (SELECT name FROM live_streams WHERE live_streams.id = NEW.live_stream_id),
        'detail', NEW.detail,
        'destination_id', NEW.destination_id,
        'input_id', NEW.input_id,
        'request_id', NEW.request_id,
        'session_id', NEW.session_id)),
      'waiting', 0, 0
    FROM webhooks
    WHERE webhooks.enabled AND coalesce(webhooks.live_stream_id, NEW.live_stream_id) = NEW.live_stream_id
      AND EXISTS (SELECT 1 FROM json_each(webhooks.events) AS wanted WHERE NEW.type GLOB wanted.value);
END;
