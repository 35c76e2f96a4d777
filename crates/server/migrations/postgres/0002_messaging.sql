-- Entries that can be blanked. Columns of the log rather than a table beside it: nearly every message carries a token, and
-- a second row for each would cost an append more than a few more bytes in the first.
-- The kind of a blank entry is 3; its message is empty, its hash is that of what it was.

-- When the entry is to be blanked; nothing for never, and once it is blank.
ALTER TABLE log ADD COLUMN expires BIGINT;
-- SHA-256 of the token by which it can be blanked.
ALTER TABLE log ADD COLUMN delete_token_hash BYTEA;
-- Only entries that expire are in it, so that others cost nothing.
CREATE INDEX log_by_expiry ON log (expires) WHERE expires IS NOT NULL;

-- When members' cursors moved, the newest steps of each. No foreign key: it would wait for appends, which wait for members.
CREATE TABLE cursor_steps (
    conversation BYTEA NOT NULL,
    account      BYTEA NOT NULL,
    -- 1 delivered, 2 read.
    kind         BIGINT NOT NULL,
    -- Where the cursor moved to.
    seq          BIGINT NOT NULL,
    time         BIGINT NOT NULL,
    PRIMARY KEY (conversation, account, kind, seq)
);

-- Accounts that left a group and whose leaves the next commit removes. They are no members any more.
CREATE TABLE departures (
    conversation BYTEA NOT NULL REFERENCES conversations (id),
    account      BYTEA NOT NULL,
    -- Signed by one of the account's leaves.
    statement    BYTEA NOT NULL,
    time         BIGINT NOT NULL,
    PRIMARY KEY (conversation, account)
);
