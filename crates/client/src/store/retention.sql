-- For how many days the server keeps messages: for people who are away, and for the other devices of those who have them.
-- Nothing if it has not said.
ALTER TABLE session ADD COLUMN kept_days INTEGER;
ALTER TABLE session ADD COLUMN kept_device_days INTEGER;
