-- Version 3: what messages say beside their text, and what changes them.

-- As the messages of MIMI name each other: unique in a conversation, known before a message is sent.
ALTER TABLE timeline ADD COLUMN message_id BLOB;
ALTER TABLE timeline ADD COLUMN reply_to BLOB;                       -- message id of what it answers
ALTER TABLE timeline ADD COLUMN forwarded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE timeline ADD COLUMN poll BLOB;                           -- CBOR, of a poll; `text` is its question
ALTER TABLE timeline ADD COLUMN mentions BLOB;                       -- accounts, 16 bytes each
ALTER TABLE timeline ADD COLUMN mentions_me INTEGER NOT NULL DEFAULT 0;
ALTER TABLE timeline ADD COLUMN expires_in INTEGER;                  -- seconds from the entry's time
ALTER TABLE timeline ADD COLUMN expires INTEGER;                     -- by the server's clock; nothing while it waits
-- What its amendments make of it; `text` is the present one.
ALTER TABLE timeline ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE timeline ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;  -- by its author, for everyone
CREATE UNIQUE INDEX timeline_message_id ON timeline (conversation, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX timeline_unread ON timeline (conversation, sort)
    WHERE kind < 2 AND own = 0 AND deleted = 0;
CREATE INDEX timeline_mentions ON timeline (conversation, sort)
    WHERE mentions_me = 1 AND own = 0 AND deleted = 0;
CREATE INDEX timeline_time ON timeline (conversation, time) WHERE kind < 2;
CREATE INDEX timeline_expires ON timeline (expires) WHERE expires IS NOT NULL;

-- Messages of earlier versions, until they have their ids.
CREATE INDEX timeline_unnamed ON timeline (id) WHERE message_id IS NULL AND kind < 2 AND content IS NOT NULL;

-- Edits, deletions, reactions, reactions taken back, votes. What each is about may come later, or never.
CREATE TABLE amendments (
    id INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL,
    client_id BLOB NOT NULL,
    message_id BLOB NOT NULL,            -- its own
    target BLOB NOT NULL,                -- message id of what it is about
    kind INTEGER NOT NULL,               -- store/amendments.rs
    sender BLOB NOT NULL,
    own INTEGER NOT NULL,                -- as in the timeline
    seq INTEGER,                         -- nothing while it waits to be sent
    time INTEGER NOT NULL,
    content BLOB NOT NULL,               -- text, emoji, choices, or the message id of the reaction that is taken back
    expires INTEGER,                     -- by the server's clock
    failure TEXT                         -- why it could not be sent
);
CREATE UNIQUE INDEX amendments_client_id ON amendments (conversation, client_id);
CREATE INDEX amendments_message_id ON amendments (conversation, message_id);
CREATE INDEX amendments_seq ON amendments (conversation, seq);
CREATE INDEX amendments_target ON amendments (conversation, target);
CREATE INDEX amendments_expires ON amendments (expires) WHERE expires IS NOT NULL;
-- Nothing about a message outlives it, whatever removes it.
CREATE TRIGGER timeline_amended AFTER DELETE ON timeline WHEN old.message_id IS NOT NULL BEGIN
    DELETE FROM amendments WHERE conversation = old.conversation AND target = old.message_id;
END;

-- Entries that the server is to blank: own messages that were deleted for everyone.
CREATE TABLE erasures (
    conversation BLOB NOT NULL,
    seq INTEGER NOT NULL,
    client_id BLOB NOT NULL,
    PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;

-- Cursors of the members, as far as the server tells them.
CREATE TABLE member_cursors (
    conversation BLOB NOT NULL,
    account BLOB NOT NULL,
    delivered INTEGER NOT NULL,
    read INTEGER NOT NULL,
    PRIMARY KEY (conversation, account)
) WITHOUT ROWID;

-- After so many seconds new messages disappear; nothing for never.
ALTER TABLE conversations ADD COLUMN timer INTEGER;
-- The server's clock less this device's, in milliseconds, when they were last compared.
ALTER TABLE session ADD COLUMN clock_offset INTEGER NOT NULL DEFAULT 0;
