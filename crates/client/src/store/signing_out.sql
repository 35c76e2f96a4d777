-- Version 13: whether this device is being signed out, and which device of the account it was before it signed in anew.
ALTER TABLE session ADD COLUMN signing_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN former_device BLOB;
