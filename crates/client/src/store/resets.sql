-- Version 8: conversations that go on in a new MLS group.

ALTER TABLE conversations ADD COLUMN reset_by BLOB;    -- who began it anew, until this device is in the new group
ALTER TABLE conversations ADD COLUMN reset_seq INTEGER NOT NULL DEFAULT 0;   -- the newest reset
ALTER TABLE conversations ADD COLUMN grew_seq INTEGER NOT NULL DEFAULT 0;    -- where someone was added last
ALTER TABLE conversations ADD COLUMN gone_at INTEGER;  -- the newest entry when the server did not know this device any more
