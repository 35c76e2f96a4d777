-- Conversations that go on in a new MLS group after a part of their log was lost. The kind of such an entry is 4; its
-- message is the statement of who began it. Its seq leaves a gap, so that no lost one is given again.

-- When the conversation was reset last; 0 for never.
ALTER TABLE conversations ADD COLUMN reset INTEGER NOT NULL DEFAULT 0;
-- There if a member knows of entries that are not here, and it waits to be reset: up to where all know the same.
ALTER TABLE conversations ADD COLUMN lost INTEGER;
-- Who is added again after a reset may read what came before it. Only resets are in it.
CREATE INDEX log_resets ON log (conversation, seq) WHERE kind = 4;
