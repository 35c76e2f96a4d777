-- Version 12: whether a commit that is on its way gives those whom it adds the key before the present one.
ALTER TABLE conversation_state ADD COLUMN gives_old_key INTEGER NOT NULL DEFAULT 0;
