-- Blobs: encrypted attachments. Their bytes are not in the database.

CREATE TABLE blobs (
    id           BLOB NOT NULL PRIMARY KEY,
    -- Who uploads it, and whose room it takes.
    account      BLOB NOT NULL REFERENCES accounts (id),
    size         INTEGER NOT NULL,
    -- So much of it is stored.
    stored       INTEGER NOT NULL,
    -- The message that it belongs to.
    conversation BLOB,
    client_id    BLOB,
    -- It was deleted with its message: nobody may read it any more.
    gone         INTEGER NOT NULL DEFAULT 0,
    -- Since when nothing tells of it; nothing while something does.
    lonely       INTEGER,
    -- When that is looked at next.
    due          INTEGER NOT NULL
);
CREATE INDEX blobs_by_account ON blobs (account);
CREATE INDEX blobs_by_message ON blobs (conversation, client_id) WHERE conversation IS NOT NULL;
CREATE INDEX blobs_due ON blobs (due);

CREATE TABLE blob_parts (
    blob   BLOB NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    -- Tells the stored part from what another writer of the same part left.
    object BLOB NOT NULL,
    PRIMARY KEY (blob, number)
);

-- The blobs that segments of archives tell of.
CREATE TABLE archive_blobs (
    account      BLOB NOT NULL,
    conversation BLOB NOT NULL,
    first_seq    INTEGER NOT NULL,
    blob         BLOB NOT NULL,
    PRIMARY KEY (account, conversation, first_seq, blob),
    FOREIGN KEY (account, conversation, first_seq)
        REFERENCES archive_segments (account, conversation, first_seq) ON DELETE CASCADE
);
CREATE INDEX archive_blobs_by_blob ON archive_blobs (blob);
