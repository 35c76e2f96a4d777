-- Version 16: whether the server's state of a conversation waits to be put right: also after a restart.
ALTER TABLE conversation_state ADD COLUMN broken INTEGER NOT NULL DEFAULT 0;
