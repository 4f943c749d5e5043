-- What `doctor` looks for: settings under which a minute is shorter than a minute. Where nobody plays, there are none.
CREATE INDEX compressed_time ON waiting_events (restaurant_id, version)
WHERE type = 'RestaurantConfigured' AND body #> '{settings,minuteMillis}' < '60000';
