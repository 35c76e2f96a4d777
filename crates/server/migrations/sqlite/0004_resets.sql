-- Conversations that go on in a new MLS group after a part of their log was lost. The kind of such an entry is 4; its
-- message is the statement of who began it. Its seq leaves a gap, so that no lost one is given again.

-- When the conversation was reset last; 0 for never.
ALTER TABLE conversations ADD COLUMN reset INTEGER NOT NULL DEFAULT 0;
-- A member knows of entries that are not here: it waits to be reset.
ALTER TABLE conversations ADD COLUMN lost BOOLEAN NOT NULL DEFAULT FALSE;
-- Who was added again after a reset is shown it. Only resets are in it.
CREATE INDEX log_resets ON log (conversation, seq) WHERE kind = 4;
